import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as LogEntry from "../../../src/edge/supervisor/LogEntry.js"
import * as LogFile from "../../../src/edge/supervisor/LogFile.js"
import * as LogReader from "../../../src/edge/supervisor/LogReader.js"
import * as LogSearch from "../../../src/edge/supervisor/LogSearch.js"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "kasane-log-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)
const logPath = Effect.map(temporary, (directory) => path.join(directory, "c-json.log"))
const at = Date.UTC(2026, 0, 1)
const collect = <E>(stream: Stream.Stream<LogEntry.LogEntry, E>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)
const texts = (entries: ReadonlyArray<LogEntry.LogEntry>) => entries.map((entry) => entry.log)

describe("a log", () => {
  it.scoped("keeps lines in Docker's json-file format", () =>
    Effect.gen(function* () {
      const file = yield* logPath
      yield* Effect.scoped(
        Effect.map(LogFile.open(file), (writer) => {
          writer.append("stdout", Buffer.from('say "hi"\nhal'), at + 0.25)
          writer.append("stderr", Buffer.from("oops\n"), at)
          writer.append("stdout", Buffer.from("f\nno newline"), at)
        })
      )
      const raw = fs.readFileSync(file, "utf8").trimEnd().split("\n")
      expect(raw[0]).toBe(
        '{"log":"say \\"hi\\"\\n","stream":"stdout","time":"2026-01-01T00:00:00.000250000Z"}'
      )
      const entries = yield* collect(LogReader.read(file, LogSearch.everything))
      expect(texts(entries)).toEqual(['say "hi"\n', "oops\n", "half\n", "no newline"])
    })
  )

  it.scoped("splits a line longer than 16 KiB without cutting a character", () =>
    Effect.gen(function* () {
      const file = yield* logPath
      const line = `${"é".repeat(20_000)}x\n`
      yield* Effect.scoped(
        Effect.map(LogFile.open(file), (writer) => writer.append("stdout", Buffer.from(line), at))
      )
      const entries = yield* collect(LogReader.read(file, LogSearch.everything))
      expect(entries.length).toBe(3)
      expect(texts(entries).join("")).toBe(line)
    })
  )

  it.effect.prop(
    "holds the same text however the output was cut",
    [
      FastCheck.array(FastCheck.string({ unit: "grapheme", maxLength: 40 })),
      FastCheck.array(FastCheck.nat(30))
    ],
    ([parts, cuts]) =>
      Effect.scoped(
        Effect.gen(function* () {
          const file = yield* logPath
          const whole = Buffer.from(parts.join("\n"))
          yield* Effect.scoped(
            Effect.map(LogFile.open(file), (writer) => {
              let from = 0
              for (const cut of [...cuts, whole.length]) {
                writer.append("stdout", whole.subarray(from, from + cut), at)
                from += cut
              }
            })
          )
          const entries = yield* collect(LogReader.read(file, LogSearch.everything))
          expect(texts(entries).join("")).toBe(whole.toString())
        })
      ),
    { fastCheck: { numRuns: 40 } }
  )

  it.scoped("tail, since and until agree with filtering, also across rotated files", () =>
    Effect.gen(function* () {
      const file = yield* logPath
      const count = 6000
      yield* Effect.scoped(
        Effect.map(LogFile.open(file, { maxBytes: 200_000, maxFiles: 20 }), (writer) => {
          for (let n = 0; n < count; n++) writer.append("stdout", Buffer.from(`line ${n}\n`), at + n)
        })
      )
      expect(LogFile.segments(file).length).toBeGreaterThan(1)
      const all = yield* collect(LogReader.read(file, LogSearch.everything))
      expect(all.length).toBe(count)
      for (const tail of [0, 1, 7, 2500, count, count + 5]) {
        const got = yield* collect(LogReader.read(file, { ...LogSearch.everything, tail }))
        expect(texts(got)).toEqual(texts(tail === 0 ? [] : all.slice(-tail)))
      }
      for (const n of [0, 1, 2999, 3000, 5999, 7000]) {
        const since = LogEntry.timestamp(at + n)
        const got = yield* collect(LogReader.read(file, { ...LogSearch.everything, since }))
        expect(texts(got)).toEqual(texts(all.slice(n)))
        const until = yield* collect(LogReader.read(file, { ...LogSearch.everything, until: since }))
        expect(texts(until)).toEqual(texts(all.slice(0, n + 1)))
      }
      const both = yield* collect(
        LogReader.read(file, { since: LogEntry.timestamp(at + 5990), until: undefined, tail: 4 })
      )
      expect(texts(both)).toEqual(texts(all.slice(-4)))
    })
  )

  it.scoped("is followed through rotation until its writer has ended", () =>
    Effect.gen(function* () {
      const file = yield* logPath
      const ended = yield* Deferred.make<void>()
      const first = yield* Deferred.make<void>()
      const reading = yield* Effect.fork(
        collect(
          LogReader.follow(file, LogSearch.everything, Deferred.await(ended)).pipe(
            Stream.tap(() => Deferred.succeed(first, undefined))
          )
        )
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const writer = yield* LogFile.open(file, { maxBytes: 300, maxFiles: 10 })
          writer.append("stdout", Buffer.from("0\n"), at)
          yield* Deferred.await(first)
          for (let n = 1; n < 4; n++) writer.append("stdout", Buffer.from(`${n}\n`), at)
        })
      )
      yield* Deferred.succeed(ended, undefined)
      expect(texts(yield* Fiber.join(reading))).toEqual(["0\n", "1\n", "2\n", "3\n"])
    })
  )

  it.scoped("that does not exist is empty; a torn line is skipped", () =>
    Effect.gen(function* () {
      const file = yield* logPath
      expect(yield* collect(LogReader.read(file, LogSearch.everything))).toEqual([])
      fs.writeFileSync(
        file,
        '{"log":"a\\n","stream":"stdout","time":"t"}\n{"log":"tor\n{"log":"b\\n","stream":"stderr","time":"t"}\n'
      )
      expect(texts(yield* collect(LogReader.read(file, LogSearch.everything)))).toEqual(["a\n", "b\n"])
    })
  )
})
