import { PassThrough, Writable } from "node:stream"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as AttachFrame from "../../../src/edge/supervisor/AttachFrame.js"
import * as DetachKeys from "../../../src/edge/supervisor/DetachKeys.js"
import { Relay } from "../../../src/edge/supervisor/Relay.js"

const gather = (stream: PassThrough) => {
  const chunks: Array<Buffer> = []
  stream.on("data", (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

describe("a relay", () => {
  it.effect("brings each stream to its place and finishes when both have ended", () =>
    Effect.gen(function* () {
      const [out, err, seenOut, seenErr] = [
        new PassThrough(),
        new PassThrough(),
        new PassThrough(),
        new PassThrough()
      ]
      const [readOut, readErr] = [gather(seenOut), gather(seenErr)]
      const relay = new Relay(undefined, () => 0)
      relay.begin(out, err)
      relay.join({ stdout: seenOut, stderr: seenErr })
      out.end("to out")
      err.end("to err")
      yield* relay.finished
      yield* turn
      expect([readOut(), readErr()]).toEqual(["to out", "to err"])
    })
  )

  it.effect("makes the source wait for a slow audience, and no longer once that has left", () =>
    Effect.gen(function* () {
      const out = new PassThrough()
      const stuck = new Writable({ highWaterMark: 1, write: () => {} })
      const relay = new Relay(undefined, () => 0)
      relay.begin(out, undefined)
      const leave = relay.join({ stdout: stuck, stderr: undefined })
      out.write("much")
      yield* turn
      yield* turn
      expect(out.isPaused()).toBe(true)
      leave()
      expect(out.isPaused()).toBe(false)
      out.end()
      yield* relay.finished
    })
  )
})

describe("attach frames", () => {
  it.prop(
    "arrive as they were sent however they are cut",
    [
      FastCheck.array(
        FastCheck.tuple(FastCheck.constantFrom(0, 1, 2, 4), FastCheck.uint8Array({ maxLength: 50 }))
      ),
      FastCheck.integer({ min: 1, max: 20 })
    ],
    ([sent, size]) => {
      const bytes = Buffer.concat(
        sent.map(([kind, payload]) => AttachFrame.encode(kind as AttachFrame.Kind, payload))
      )
      const reader = new AttachFrame.FrameReader()
      const got: Array<AttachFrame.Frame> = []
      for (let from = 0; from < bytes.length; from += size) {
        const frames = reader.push(bytes.subarray(from, from + size))
        if (frames !== "noise") got.push(...frames)
      }
      expect(got.map((frame) => [frame.kind, [...frame.payload]])).toEqual(
        sent.map(([kind, payload]) => [kind, [...payload]])
      )
    }
  )
  it("refuse a length that nobody sends", () => {
    expect(new AttachFrame.FrameReader().push(Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff))).toBe("noise")
  })
})

describe("detach keys", () => {
  it("are found across chunks; a false start is passed on", () => {
    const keys = new DetachKeys.DetachKeys(DetachKeys.standard)
    expect([...keys.push(Uint8Array.of(65, 16)).pass]).toEqual([65])
    expect([...keys.push(Uint8Array.of(66)).pass]).toEqual([16, 66])
    keys.push(Uint8Array.of(16))
    expect(keys.push(Uint8Array.of(17, 67))).toEqual({ pass: Uint8Array.of(), detached: true })
  })
  it("typed twice at the start still count", () => {
    const keys = new DetachKeys.DetachKeys(DetachKeys.standard)
    expect([...keys.push(Uint8Array.of(16, 16)).pass]).toEqual([16])
    expect(keys.push(Uint8Array.of(17)).detached).toBe(true)
  })
  it("are read in Docker's notation", () => {
    expect(DetachKeys.parse("ctrl-p,ctrl-q")).toEqual(Either.right([16, 17]))
    expect(DetachKeys.parse("a,ctrl-@,ctrl-[")).toEqual(Either.right([97, 0, 27]))
    expect(Either.isLeft(DetachKeys.parse("ctrl-1"))).toBe(true)
  })
})
