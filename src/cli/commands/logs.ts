import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { LogEntry, LogStream } from "../../edge/supervisor/LogEntry.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { logs } from "../../engine/Logs.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import * as Flag from "../Flag.js"
import * as TimeFlag from "../TimeFlag.js"

const timeOf = (name: string, text: string | undefined) =>
  Effect.mapError(
    TimeFlag.time(text),
    ({ message }): Failure => ({ message: `invalid value for "${name}": ${message}` })
  )

/** `all`, and whatever is no number, is everything, as Docker has it. */
const tailOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined

/** Runs of entries that go to the same stream, as one text each: order is kept, writes are few. */
const runs = (entries: Iterable<LogEntry>, timestamps: boolean) => {
  const found: Array<{ readonly stream: LogStream; text: string }> = []
  for (const { stream, log, time } of entries) {
    const text = timestamps ? `${time} ${log}` : log
    const last = found.at(-1)
    if (last?.stream === stream) last.text += text
    else found.push({ stream, text })
  }
  return found
}

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER",
  arity: Arity.exactly(1),
  flags: {
    details: Flag.toggle("details", { help: "Show extra details provided to logs" }),
    follow: Flag.toggle("follow", { short: "f", help: "Follow log output" }),
    since: Flag.text("since", {
      help: 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'
    }),
    tail: Flag.text("tail", {
      short: "n",
      shown: '"all"',
      help: "Number of lines to show from the end of the logs"
    }),
    timestamps: Flag.toggle("timestamps", { short: "t", help: "Show timestamps" }),
    until: Flag.text("until", {
      help: 'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'
    })
  },
  run: ({ follow, since, tail, timestamps, until }, [name = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const query = {
        since: yield* timeOf("since", since),
        until: yield* timeOf("until", until),
        tail: tailOf(tail)
      }
      const container = yield* find(name)
      yield* Stream.runForEachChunk(logs(container, query, follow ? "follow" : "so far"), (entries) =>
        Effect.forEach(
          runs(Chunk.toReadonlyArray(entries), timestamps),
          ({ stream, text }) => (stream === "stdout" ? terminal.out(text) : terminal.err(text)),
          { discard: true }
        )
      )
      return 0
    })
})
