import { PassThrough } from "node:stream"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as CommandOutput from "../../../src/edge/build/CommandOutput.js"

const all = (readable: PassThrough) =>
  Effect.map(Stream.runCollect(CommandOutput.texts(readable)), (texts) => Chunk.join(texts, ""))

describe("the output of a command", () => {
  it.live("comes whole, characters that were cut in two included", () =>
    Effect.gen(function* () {
      const readable = new PassThrough()
      const collecting = yield* Effect.fork(all(readable))
      const bytes = Buffer.from("日本語 output\n")
      for (const byte of bytes) {
        readable.write(Buffer.of(byte))
        yield* Effect.yieldNow()
      }
      readable.end("end")
      expect(yield* Fiber.join(collecting)).toBe("日本語 output\nend")
    })
  )

  it.live("that has ended before anybody reads is there all the same", () =>
    Effect.gen(function* () {
      const readable = new PassThrough()
      readable.end("early")
      expect(yield* all(readable)).toBe("early")
    })
  )

  it.live("ends where the stream is destroyed, and can be let go of while nothing comes", () =>
    Effect.gen(function* () {
      const destroyed = new PassThrough()
      const collecting = yield* Effect.fork(all(destroyed))
      yield* Effect.yieldNow()
      destroyed.destroy()
      expect(yield* Fiber.join(collecting)).toBe("")
      const silent = new PassThrough()
      const waiting = yield* Effect.fork(all(silent))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      expect(silent.listenerCount("readable")).toBe(0)
    })
  )
})
