import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { CacheMounts } from "../../../src/edge/store/CacheMounts.js"
import { base, build, place, runningServices, write } from "./building.js"

const files = {
  ".dockerignore": "hidden\nsub/*.log\nskipped/*\n!skipped/kept\n",
  "a.txt": "a\n",
  hidden: "secret\n",
  "sub/b.txt": "b\n",
  "sub/x.log": "log\n",
  "skipped/gone": "gone\n",
  "skipped/kept": "kept\n"
}

describe("RUN --mount=type=bind", () => {
  it.scoped("shows the context's own files but for those that are ignored, read-only", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        write(`${root}/c`, {
          ...files,
          Dockerfile: [
            "FROM base",
            "RUN --mount=target=/c cd /c && find . | sort > /seen && cat a.txt sub/b.txt skipped/kept >> /seen && ! touch /c/x && ls -ld /c/a.txt",
            "RUN --mount=target=/s,source=sub ls /s > /sub",
            "RUN --mount=target=/f,source=a.txt cat /f > /file && ! (echo >> /f)",
            "RUN --mount=target=/w,rw rm /w/a.txt && echo new > /w/sub/b.txt && touch /w/y && find /w | sort > /written",
            "RUN --mount=target=/one,source=a.txt,rw echo more >> /one && cat /one > /two",
            "RUN cat /seen /sub /file /written /two; ls -d /c /s /w 2>&1 || true"
          ].join("\n")
        })
        const { text } = yield* build(`${root}/c`)
        const shown = [
          ".",
          "./.dockerignore",
          "./Dockerfile",
          "./a.txt",
          "./skipped",
          "./skipped/kept",
          "./sub",
          "./sub/b.txt"
        ]
        expect(text).toContain(`${shown.join("\n")}\na\nb\nkept\nb.txt\na\n`)
        expect(text).toContain("/w/skipped/kept\n/w/sub\n/w/sub/b.txt\n/w/y\na\nmore\n")
        // What commands wrote was theirs alone, and nothing of the mounts is in the image.
        expect(fs.readFileSync(`${root}/c/a.txt`, "utf8")).toBe("a\n")
        expect(fs.readFileSync(`${root}/c/sub/b.txt`, "utf8")).toBe("b\n")
        expect(fs.existsSync(`${root}/c/y`)).toBe(false)
        expect(text).toMatch(/\/c.*No such file/)
      }).pipe(Effect.provide(runningServices(root)))
    })
  )

  it.scoped("shows a stage's layers, links followed inside it, with what upper layers take away", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        write(`${root}/c`, {
          Dockerfile: [
            "FROM base AS made",
            "RUN mkdir -p /d/deep && echo one > /d/one && echo two > /d/two && ln -s /d/deep /link && echo x > /d/deep/x",
            "RUN rm /d/one && echo three > /d/three && echo y > /d/deep/y",
            "FROM base",
            "RUN --mount=from=made,source=/d,target=/m cd /m && find . -type f | sort > /seen && cat three >> /seen",
            "RUN --mount=from=made,source=link,target=/m ls /m >> /seen",
            "RUN --mount=from=made,source=/d,target=/m,rw rm /m/two && echo z > /m/deep/z && find /m -type f | sort >> /seen",
            "RUN --mount=from=made,target=/m ls /m/d >> /seen",
            "RUN cat /seen"
          ].join("\n")
        })
        const { text } = yield* build(`${root}/c`)
        expect(text).toContain(
          [
            ...["./deep/x", "./deep/y", "./three", "./two", "three", "x", "y"],
            ...["/m/deep/x", "/m/deep/y", "/m/deep/z", "/m/three"],
            ...["deep", "three", "two"],
            ""
          ].join("\n")
        )
      }).pipe(Effect.provide(runningServices(root)))
    })
  )

  it.scoped("fails where a file is changed while a step has it mounted", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        write(`${root}/c`, {
          Dockerfile: "FROM base\nRUN --mount=target=/c cat /c/f && echo reading\n",
          f: "f\n"
        })
        const failed = yield* Effect.flip(
          build(`${root}/c`, {
            // Told as the container starts, when the key has been made.
            whenRunning: () => fs.writeFileSync(`${root}/c/f`, "other\n")
          })
        )
        expect(failed.message).toBe("/f was changed while a step had it mounted: build again")
      }).pipe(Effect.provide(runningServices(root)))
    })
  )
})

describe("RUN --mount=type=cache", () => {
  it.scoped("keeps what it holds between builds, by id, filled at first with what it is made from", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        const dockerfile = (say: string) =>
          [
            "FROM base AS seed",
            "RUN mkdir /seed && echo seeded > /seed/s",
            "FROM base",
            `RUN --mount=type=cache,id=x,target=/x,mode=0700,uid=5,gid=6 stat -c '%a %u %g' /x; echo ${say} >> /x/log; cat /x/log`,
            `RUN --mount=type=cache,id=x,target=/other,mode=0700,uid=5,gid=6,ro cat /other/log; ! touch /other/${say}`,
            `RUN --mount=type=cache,from=seed,source=/seed,target=/y cat /y/s; echo ${say} >> /y/s`
          ].join("\n")
        write(`${root}/c`, { Dockerfile: dockerfile("first") })
        const first = yield* build(`${root}/c`)
        expect(first.text).toContain("700 5 6\nfirst\n")
        write(`${root}/c`, { Dockerfile: dockerfile("second") })
        const second = yield* build(`${root}/c`)
        expect(second.text).toContain("700 5 6\nfirst\nsecond\n")
        expect(second.text).toContain("seeded\nfirst\n")
        const mounts = yield* (yield* CacheMounts).list
        expect(mounts.map(({ record }) => record.identity.id).sort()).toEqual(["/y", "x"])
      }).pipe(Effect.provide(runningServices(root)))
    })
  )
})

describe("cache mounts", () => {
  const identity = { id: "i", base: "", mode: 0o755, uid: 0, gid: 0 }
  const nothing = () => Effect.void

  it.scoped("are shared, locked, or private to one", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        const caches = yield* CacheMounts
        const [first] = yield* Effect.scoped(
          Effect.gen(function* () {
            const one = yield* caches.take(identity, "shared", nothing)
            expect(yield* caches.take(identity, "shared", nothing)).toBe(one)
            const own = yield* caches.take(identity, "private", nothing)
            const another = yield* caches.take(identity, "private", nothing)
            expect(new Set([one, own, another]).size).toBe(3)
            // Nobody gets it alone, or takes it away, while somebody has it.
            const waiting = yield* Effect.fork(Effect.scoped(caches.take(identity, "locked", nothing)))
            const [record] = (yield* caches.list).filter(({ path }) => path === one)
            expect(yield* caches.remove(record?.name ?? "")).toBe(false)
            expect(waiting.unsafePoll()).toBeNull()
            yield* Fiber.interrupt(waiting)
            return [one] as const
          })
        )
        // A private step takes the first that is free.
        yield* Effect.scoped(
          Effect.gen(function* () {
            expect(yield* caches.take(identity, "locked", nothing)).toBe(first)
          })
        )
        for (const { name } of yield* caches.list) expect(yield* caches.remove(name)).toBe(true)
        expect(yield* caches.list).toEqual([])
        expect(fs.existsSync(first)).toBe(false)
      }).pipe(Effect.provide(runningServices(root)))
    })
  )
})
