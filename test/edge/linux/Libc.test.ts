import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Libc from "../../../src/edge/linux/Libc.js"

const AT_FDCWD = -100

describe("Libc", () => {
  it.effect("returns what the kernel returns", () =>
    Effect.gen(function* () {
      const libc = yield* Libc.Libc
      expect(yield* libc.call("getpid")).toBe(process.pid)
    }).pipe(Effect.provide(Libc.layer))
  )

  it.effect("passes strings and writes into the caller's memory", () =>
    Effect.gen(function* () {
      const libc = yield* Libc.Libc
      const memory = new Uint8Array(64)
      const fd = yield* libc.call("openat", AT_FDCWD, "/proc/self/stat", 0)
      const length = yield* libc.call("read", fd, memory, memory.length)
      yield* libc.call("close", fd)
      expect(Buffer.from(memory.subarray(0, length)).toString()).toBe(
        readFileSync("/proc/self/stat", "utf8").slice(0, length)
      )
    }).pipe(Effect.provide(Libc.layer))
  )

  for (const method of ["call", "callBlocking"] as const) {
    it.effect(`${method} turns errno into a typed error`, () =>
      Effect.gen(function* () {
        const libc = yield* Libc.Libc
        const error = yield* Effect.flip(libc[method]("openat", AT_FDCWD, "/nowhere", 0))
        expect(error).toMatchObject({
          _tag: "SyscallError",
          syscall: "openat",
          errno: "ENOENT",
          number: 2,
          message: "openat: no such file or directory"
        })
      }).pipe(Effect.provide(Libc.layer))
    )
  }
})
