import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
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
    ["", "the Dockerfile (Dockerfile) cannot be empty"],
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
