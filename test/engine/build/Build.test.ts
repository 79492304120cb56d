import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BuildEvent } from "../../../src/core/plan/BuildEvent.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { build, filesOf, place, services, write } from "./building.js"

describe("a build without commands", () => {
  it.scoped("copies, names the result and keeps every step as an image", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, {
          Dockerfile: 'FROM scratch\nCOPY src /app/\nENV A=b\nCMD ["/app/x"]\n',
          "src/x": "x",
          "src/deep/y": "y",
          other: "z"
        })
        const first = yield* build(`${root}/c`, { names: ["docker.io/library/t:1"] })
        expect(first.text).toBe(
          [
            "Sending build context to Docker daemon  6.144kB",
            "Step 1/4 : FROM scratch",
            " ---> ",
            "Step 2/4 : COPY src /app/",
            " ---> Not in cache: no earlier build of such a step is known",
            " ---> ID",
            "Step 3/4 : ENV A=b",
            " ---> ID",
            'Step 4/4 : CMD ["/app/x"]',
            " ---> ID",
            "Successfully built ID",
            "Successfully tagged t:1",
            ""
          ].join("\n")
        )
        expect(yield* filesOf(first.image)).toEqual({ "/app/deep/y": "y", "/app/x": "x" })
        const images = yield* ImageStore
        const named = yield* images.byName("docker.io/library/t:1")
        expect(Option.map(named, (one) => one.record.id)).toEqual(Option.some(first.image))
        expect(yield* images.list).toHaveLength(3)
      }).pipe(Effect.provide(services(root)))
    })
  )

  it.scoped("finds every step in the cache, until something that a step reads changes", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        const dockerfile =
          "FROM scratch AS one\nCOPY a /\nFROM scratch\nCOPY b /\nCOPY --from=one /a /from-one\n"
        write(`${root}/c`, { Dockerfile: dockerfile, a: "1", b: "2", unread: "3" })
        const first = yield* build(`${root}/c`)
        const again = yield* build(`${root}/c`)
        expect(again.image).toBe(first.image)
        expect(again.events.filter((event) => event._tag === "CacheHit")).toHaveLength(3)
        write(`${root}/c`, { unread: "changed", Dockerfile: `# comment\n${dockerfile}` })
        expect((yield* build(`${root}/c`)).image).toBe(first.image)
        write(`${root}/c`, { a: "changed" })
        const changed = yield* build(`${root}/c`)
        expect(changed.events.flatMap((event) => (event._tag === "Missed" ? event.causes : []))).toEqual([
          "COPY a /: a content changed",
          "COPY --from=one /a /from-one: a content changed"
        ])
        expect(yield* filesOf(changed.image)).toEqual({ "/b": "2", "/from-one": "changed" })
        write(`${root}/c`, { a: "1" })
        expect((yield* build(`${root}/c`)).image).toBe(first.image)
      }).pipe(Effect.provide(services(root)))
    })
  )

  it.scoped("does nothing for stages that the target does not need", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, {
          Dockerfile: "FROM scratch AS one\nCOPY a /\nFROM nowhere AS unneeded\nRUN x\nFROM one\nCOPY a /b\n",
          a: "1"
        })
        const { text } = yield* build(`${root}/c`)
        expect(text).toContain("Step 4/4 : COPY a /b")
        expect(text).not.toContain("nowhere")
      }).pipe(Effect.provide(services(root)))
    })
  )

  it.scoped("of nothing at all makes no image", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, { Dockerfile: "FROM scratch\n" })
        const error = yield* Effect.flip(build(`${root}/c`))
        expect(error.message).toBe("No image was generated. Is your Dockerfile empty?")
        expect(error.exitCode).toBe(1)
      }).pipe(Effect.provide(services(root)))
    })
  )

  it.scoped.each([
    [
      "FROM scratch\nCOPY nope /",
      "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist"
    ],
    ["FROM scratch\nCOPY ../../etc/passwd /", "stat etc/passwd: file does not exist"],
    ["FROM scratch\nCOPY out/hostname /", "stat out/hostname: file does not exist"],
    ["", "the Dockerfile cannot be empty"],
    ["FROM scratch\nFOO", "unknown instruction: FOO"]
  ])("%s fails", ([dockerfile, message]) =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, { Dockerfile: dockerfile ?? "", out: "-> /etc" })
        const error = yield* Effect.flip(build(`${root}/c`))
        expect(error.message).toContain(message)
      }).pipe(Effect.provide(services(root)))
    })
  )
})

describe("a linked copy", () => {
  const causes = (events: ReadonlyArray<BuildEvent>) =>
    events.flatMap((event) => (event._tag === "Missed" ? event.causes : []))

  it.scoped("is found in the cache above another base, and is the same layer there", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        const text = "FROM scratch\nCOPY base /data/\nCOPY --link --chmod=640 app /data/app\nCOPY after /\n"
        write(`${root}/c`, { Dockerfile: text, base: "1", app: "a", after: "z" })
        const first = yield* build(`${root}/c`)
        write(`${root}/c`, { base: "2" })
        const moved = yield* build(`${root}/c`)
        // The copy below it misses, the one above it too; the linked one between them is a hit.
        expect(causes(moved.events)).toEqual([
          "COPY base /data/: base content changed",
          expect.stringMatching(/^step 3 made another layer/)
        ])
        expect(yield* filesOf(moved.image)).toEqual({ "/data/base": "2", "/data/app": "a", "/after": "z" })
        const layers = (image: typeof first.image) =>
          Effect.map(
            Effect.flatMap(ImageStore, (images) => images.config(image)),
            ({ config }) => config.rootfs.diff_ids
          )
        const [before, after] = [yield* layers(first.image), yield* layers(moved.image)]
        expect([before?.[1] === after?.[1], before?.[0] === after?.[0]]).toEqual([true, false])
        write(`${root}/c`, { app: "b" })
        const changed = yield* build(`${root}/c`)
        expect(causes(changed.events)[0]).toBe("COPY --link --chmod=640 app /data/app: app content changed")
      }).pipe(Effect.provide(services(root)))
    })
  )

  it.scoped("does not follow a link below it: its destination is directories only", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, { "base/real/x": "x", "base/link": "-> real", y: "y" })
        write(`${root}/c`, { Dockerfile: "FROM scratch\nCOPY base /\nCOPY --link y /link/y\n" })
        const linked = yield* build(`${root}/c`)
        expect(yield* filesOf(linked.image)).toEqual({ "/real/x": "x", "/link/y": "y" })
        write(`${root}/c`, { Dockerfile: "FROM scratch\nCOPY base /\nCOPY y /link/y\n" })
        const followed = yield* build(`${root}/c`)
        expect(yield* filesOf(followed.image)).toEqual({ "/real/x": "x", "/real/y": "y" })
      }).pipe(Effect.provide(services(root)))
    })
  )
})

describe("a copy with parents", () => {
  it.scoped.each([
    ["COPY --parents x/y/a.txt x/z/b.txt /p/", ["/p/x/y/a.txt", "/p/x/z/b.txt"]],
    ["COPY --parents ./x/y/./*.txt /p/", ["/p/a.txt", "/p/b.txt"]],
    ["COPY --parents x/./y/*.txt /p/", ["/p/y/a.txt", "/p/y/b.txt"]],
    ["COPY --parents x/*/./b.txt /p/", ["/p/b.txt"]],
    ["COPY --parents **/a.txt /p/", ["/p/x/y/a.txt", "/p/x/z/a.txt"]],
    ["COPY --parents --exclude=**/a.txt x /p/", ["/p/x/y/b.txt", "/p/x/z/b.txt"]],
    ["COPY --exclude=y --exclude=z/a* x /p/", ["/p/z/b.txt"]]
  ] as const)("%s", ([line, expected]) =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, { "x/y/a.txt": "", "x/y/b.txt": "", "x/z/a.txt": "", "x/z/b.txt": "" })
        write(`${root}/c`, { Dockerfile: `FROM scratch\n${line}\n` })
        const { image } = yield* build(`${root}/c`)
        expect(Object.keys(yield* filesOf(image))).toEqual(expected)
      }).pipe(Effect.provide(services(root)))
    })
  )
})
