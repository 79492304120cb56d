import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { buildWith, makeTestBuilder } from "../../src/exports/testing.js"

const base = {
  files: { "/bin/sh": "", "/etc/passwd": "app:x:100:200::/:/bin/sh\n", "/etc/motd": "hello" },
  config: { Env: ["PATH=/bin"], Cmd: ["sh"] }
}
const images = { "base:1": base }

describe("a build in memory", () => {
  it.effect("tells of each step what it did, and of the image what it holds", () =>
    Effect.gen(function* () {
      const { steps, image, lines, failure } = yield* buildWith({
        images,
        dockerfile: [
          "FROM base:1",
          "ARG VERSION=1",
          "WORKDIR /app",
          "COPY --chown=app src ./",
          "RUN make VERSION=$VERSION",
          'CMD ["/app/out"]'
        ].join("\n"),
        context: { "src/main.c": "int main;", other: "" },
        buildArgs: { VERSION: "2" },
        tags: ["demo"],
        run: ({ text, env, read, names, cwd }) => ({
          stdout: `${text}: ${env["VERSION"]} ${cwd} ${read("main.c")} ${names("/").join(" ")}\n`,
          files: { out: { content: "binary", mode: 0o755 } },
          removed: ["/etc/motd"]
        })
      })
      expect(failure).toBeUndefined()
      expect(steps.map(({ text, cached, changes }) => ({ text, cached, changes }))).toEqual([
        { text: "ARG VERSION=1", cached: false, changes: [] },
        { text: "WORKDIR /app", cached: false, changes: ["A /app"] },
        { text: "COPY --chown=app src ./", cached: false, changes: ["C /app", "A /app/main.c"] },
        {
          text: "RUN make VERSION=$VERSION",
          cached: false,
          changes: ["C /app", "A /app/out", "C /etc", "D /etc/motd"]
        },
        { text: 'CMD ["/app/out"]', cached: false, changes: [] }
      ])
      expect(steps[3]?.output).toBe("make VERSION=$VERSION: 2 /app int main; app bin etc\n")
      expect(image?.config.config).toMatchObject({ Cmd: ["/app/out"], WorkingDir: "/app" })
      expect(image?.files).toEqual({
        "/app/main.c": "int main;",
        "/app/out": "binary",
        "/bin/sh": "",
        "/etc/passwd": base.files["/etc/passwd"]
      })
      expect(lines.slice(0, 2)).toEqual([
        "Sending build context to Docker daemon  3.072kB",
        "Step 1/6 : FROM base:1"
      ])
      expect(lines.at(-1)).toBe("Successfully tagged demo:latest")
    })
  )

  it.effect("is the same every time, to the last digest", () =>
    Effect.gen(function* () {
      const once = buildWith({
        images,
        dockerfile: "FROM base:1 AS one\nRUN a\nFROM base:1\nRUN b\nCOPY --from=one /made /\n",
        run: ({ text, spec }) => ({ stdout: spec.id, files: { "/made": text } })
      })
      const [first, second] = yield* Effect.all([once, once])
      expect(first?.events).toEqual(second?.events)
      expect(first?.image).toEqual(second?.image)
    })
  )

  it.effect("keeps its cache for the builds that follow, and says what made a step miss it", () =>
    Effect.gen(function* () {
      let runs = 0
      const builder = yield* makeTestBuilder({
        images,
        run: () => {
          runs += 1
          return { files: { "/made": "x" } }
        }
      })
      const dockerfile = "FROM base:1\nCOPY a b /\nRUN make\nRUN test\n"
      const first = yield* builder.build({ dockerfile, context: { a: "1", b: "2" } })
      const same = yield* builder.build({ dockerfile, context: { a: "1", b: "2", c: "not read" } })
      expect(same.steps.map((step) => step.cached)).toEqual([true, true, true])
      expect(same.image?.id).toBe(first.image?.id)
      const predicted = yield* builder.plan({ dockerfile, context: { a: "1", b: "3" } })
      expect(predicted.steps.map((step) => step.verdict._tag)).toEqual(["Hit", "Miss", "Unknown", "Unknown"])
      const changed = yield* builder.build({ dockerfile, context: { a: "1", b: "3" } })
      expect(changed.steps.map((step) => step.causes[0])).toEqual([
        "COPY a b /: b content changed",
        expect.stringContaining("step 2 made another layer"),
        expect.stringContaining("step 3 made another layer")
      ])
      expect(runs).toBe(4)
    })
  )

  it.effect("fails as a build does, with what had been done by then", () =>
    Effect.gen(function* () {
      const failing = yield* buildWith({
        images,
        dockerfile: "FROM base:1\nRUN ok\nRUN fails\nRUN never\n",
        run: ({ text }) => (text === "fails" ? { code: 3, stderr: "oh no\n" } : {})
      })
      expect(failing.failure).toMatchObject({
        exitCode: 3,
        message: "The command '/bin/sh -c fails' returned a non-zero code: 3"
      })
      expect(failing.image).toBeUndefined()
      expect(failing.steps.map(({ text, output }) => [text, output])).toEqual([
        ["RUN ok", ""],
        ["RUN fails", "oh no\n"]
      ])
      const messages = yield* Effect.forEach(
        [
          "FROM base:1\nCOPY nope /\n",
          "FROM nosuch\n",
          "FROM base:1\nFOO\n",
          "FROM base:1\nRUN --mount=type=secret,id=s,required x\n"
        ],
        (dockerfile) => Effect.map(buildWith({ images, dockerfile }), ({ failure }) => failure?.message)
      )
      expect(messages).toEqual([
        expect.stringMatching(/^COPY failed: file not found in build context/),
        "pull access denied for docker.io/library/nosuch:latest, repository does not exist",
        expect.stringContaining("unknown instruction: FOO"),
        "secret s: not found"
      ])
    })
  )

  it.effect("shows mounts to a command, keeps caches, and loses what is written to other mounts", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const outcome = yield* buildWith({
        images,
        dockerfile: [
          "FROM base:1 AS tools",
          "FROM base:1",
          "RUN --mount=type=cache,target=/cache --mount=from=tools,source=/etc,target=/tools one",
          "RUN --mount=type=cache,target=/cache --mount=type=bind,target=/ctx --mount=type=tmpfs,target=/t two",
          "RUN --mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN three"
        ].join("\n"),
        context: { a: "from the context" },
        secrets: { token: "s3cret" },
        run: ({ text, read, env }) => {
          const paths = ["/cache/kept", "/tools/motd", "/ctx/a", "/run/secrets/token"]
          seen.push([text, paths.map(read), env["TOKEN"]])
          return { files: { [`/cache/kept`]: text, "/t/lost": "x", "/ctx/lost": "x", "/tools/lost": "x" } }
        }
      })
      expect(outcome.failure).toBeUndefined()
      expect(seen).toEqual([
        ["one", [undefined, "hello", undefined, undefined], undefined],
        ["two", ["one", undefined, "from the context", undefined], undefined],
        ["three", [undefined, undefined, undefined, "s3cret"], "s3cret"]
      ])
      expect(Object.keys(outcome.image?.files ?? {}).sort()).toEqual([
        "/bin/sh",
        "/cache/kept",
        "/ctx/lost",
        "/etc/motd",
        "/etc/passwd",
        "/t/lost",
        "/tools/lost"
      ])
      expect(outcome.steps[0]?.changes).toEqual(["A /ctx", "A /ctx/lost", "A /t", "A /t/lost"])
      expect(outcome.steps[1]?.changes).toEqual(["A /tools", "A /tools/lost"])
    })
  )

  it.effect("gives ADD what its URLs are said to hold, and unpacks archives", () =>
    Effect.gen(function* () {
      const outcome = yield* buildWith({
        dockerfile: "FROM scratch\nADD https://example.com/a.txt /\nADD https://example.com/nope /\n",
        remote: { "https://example.com/a.txt": "remote" }
      })
      expect(outcome.steps[0]?.changes).toEqual(["A /a.txt"])
      expect(outcome.failure?.message).toBe("invalid response status 404 for https://example.com/nope")
    })
  )

  it.effect("tells what each container would have been", () =>
    Effect.gen(function* () {
      const builder = yield* makeTestBuilder({ images })
      yield* builder.build({ dockerfile: "FROM base:1\nUSER app\nRUN --network=none id\n" })
      const [start] = yield* builder.starts
      expect(start?.process.identity).toMatchObject({ uid: 100, gid: 200 })
      expect(start?.process.args).toEqual(["/bin/sh", "-c", "id"])
      expect(start?.spec.namespaces.network._tag).toBe("New")
      expect(start?.program?.steps.length).toBeGreaterThan(20)
    })
  )

  it.effect("plans without storing anything", () =>
    Effect.gen(function* () {
      const builder = yield* makeTestBuilder({ images })
      const given = { dockerfile: "FROM base:1\nRUN make\n" }
      expect((yield* builder.plan(given)).steps.map((step) => step.verdict._tag)).toEqual(["Hit", "Miss"])
      expect(yield* builder.starts).toEqual([])
      expect((yield* builder.build(given)).steps[0]?.cached).toBe(false)
    })
  )
})
