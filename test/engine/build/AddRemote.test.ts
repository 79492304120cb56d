import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as GitServer from "../../support/GitServer.js"
import { build, filesOf, type Outcome, place, services, write } from "./building.js"

let server: GitServer.GitServer
let served: string

beforeAll(async () => {
  served = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-add-"))
  server = await GitServer.start(served)
})
afterAll(async () => {
  await server.close()
  fs.rmSync(served, { recursive: true, force: true })
})

const causes = ({ events }: Outcome) =>
  events.flatMap((event) => (event._tag === "Missed" ? event.causes : []))
const hits = ({ events }: Outcome) => events.filter((event) => event._tag === "CacheHit").length

/** Builds `FROM scratch` and these instructions; SERVER stands for the server's address. */
const built = (root: string, ...instructions: ReadonlyArray<string>) =>
  Effect.suspend(() => {
    const text = ["FROM scratch", ...instructions, ""].join("\n").replaceAll("SERVER", server.url)
    write(`${root}/c`, { Dockerfile: text })
    return build(`${root}/c`)
  })

const onItsOwn = <A, E>(
  work: (root: string) => Effect.Effect<A, E, Effect.Effect.Context<ReturnType<typeof build>>>
) => Effect.flatMap(place, (root) => Effect.provide(work(root), services(root)))

describe("ADD of a repository", () => {
  it.scoped("is what the reference has, and cached for as long as that is the same commit", () =>
    onItsOwn((root) =>
      Effect.gen(function* () {
        server.commit("moving", { a: "1", "dir/b": "2", "dir/c": "3" })
        const line = "ADD SERVER/moving.git /src/"
        const first = yield* built(root, line)
        expect(yield* filesOf(first.image)).toEqual({ "/src/a": "1", "/src/dir/b": "2", "/src/dir/c": "3" })
        const again = yield* built(root, line)
        expect([again.image, hits(again)]).toEqual([first.image, 1])
        const before = server.git("moving", "rev-parse", "HEAD")
        const after = server.commit("moving", { a: "changed" })
        const moved = yield* built(root, line)
        expect(causes(moved)).toEqual([`${server.url}/moving.git changed ${before} -> ${after}`])
        expect((yield* filesOf(moved.image))["/src/a"]).toBe("changed")
        // Another name of the first commit is the first one's result.
        const pinned = yield* built(root, `ADD SERVER/moving.git#${before} /src/`)
        expect((yield* filesOf(pinned.image))["/src/a"]).toBe("1")
        const part = yield* built(root, "ADD --exclude=c --chmod=600 SERVER/moving.git#main:dir /")
        expect(yield* filesOf(part.image)).toEqual({ "/b": "2" })
      })
    )
  )

  it.scoped("has .git with --keep-git-dir, and is what --checksum says or fails", () =>
    onItsOwn((root) =>
      Effect.gen(function* () {
        const commit = server.commit("sum", { a: "1" })
        const kept = yield* built(
          root,
          `ADD --keep-git-dir --checksum=${commit.slice(0, 7)} SERVER/sum.git /`
        )
        expect(Object.keys(yield* filesOf(kept.image))).toContain("/.git/HEAD")
        const wrong = yield* Effect.flip(built(root, "ADD --checksum=abcdef SERVER/sum.git /"))
        expect(wrong.message).toBe(
          `failed to fetch ${server.url}/sum.git: expected checksum to match abcdef, got ${commit}`
        )
        const twice = yield* Effect.flip(built(root, "ADD --checksum=abc SERVER/sum.git?checksum=def /"))
        expect(twice.message).toBe('checksum mismatch "abc" != "def"')
        const copied = yield* Effect.flip(built(root, "COPY SERVER/sum.git /"))
        expect(copied.message).toBe("source can't be a git ref for COPY")
      })
    )
  )
})

describe("ADD of an archive", () => {
  it.scoped("of this host is unpacked unless told otherwise, of the web only if told", () =>
    onItsOwn((root) =>
      Effect.gen(function* () {
        write(`${root}/t`, { inner: "x" })
        fs.mkdirSync(`${root}/c`)
        execFileSync("tar", ["-C", `${root}/t`, "-czf", `${root}/c/a.tgz`, "inner"])
        fs.copyFileSync(`${root}/c/a.tgz`, `${served}/served/a.tgz`)
        const names = (line: string) =>
          Effect.flatMap(built(root, line), ({ image }) => Effect.map(filesOf(image), Object.keys))
        expect(yield* names("ADD a.tgz /d/")).toEqual(["/d/inner"])
        expect(yield* names("ADD --unpack=false a.tgz /d/")).toEqual(["/d/a.tgz"])
        expect(yield* names("ADD SERVER/a.tgz /d/")).toEqual(["/d/a.tgz"])
        expect(yield* names("ADD --unpack SERVER/a.tgz /d/")).toEqual(["/d/inner"])
        const digest = execFileSync("sha256sum", [`${root}/c/a.tgz`], { encoding: "utf8" }).slice(0, 64)
        expect(yield* names(`ADD --checksum=sha256:${digest} SERVER/a.tgz /d/`)).toEqual(["/d/a.tgz"])
        const wrong = yield* Effect.flip(
          built(root, `ADD --checksum=sha256:${"0".repeat(64)} SERVER/a.tgz /d/`)
        )
        expect(wrong.message).toBe(`digest mismatch sha256:${digest}: sha256:${"0".repeat(64)}`)
      })
    )
  )
})
