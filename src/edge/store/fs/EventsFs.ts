import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Event from "../../../core/store/Event.js"
import type { LayoutPaths } from "../../../core/store/LayoutPaths.js"
import * as Bell from "../../host/Bell.js"
import { Events } from "../Events.js"
import * as EventFile from "./EventFile.js"

/** A file of the log being read: what lies behind is known, a line that is not whole yet waits. */
interface Reader {
  readonly fd: number
  offset: number
  rest: string
}

const open = (path: string): Reader | undefined => {
  try {
    return { fd: fs.openSync(path, "r"), offset: 0, rest: "" }
  } catch {
    return undefined
  }
}

const blockBytes = 64 * 1024

/** What was added since the last look. */
const next = (reader: Reader): ReadonlyArray<Event.Event> => {
  let text = reader.rest
  for (;;) {
    const block = Buffer.allocUnsafe(blockBytes)
    const size = fs.readSync(reader.fd, block, 0, blockBytes, reader.offset)
    if (size === 0) break
    reader.offset += size
    text += block.toString("latin1", 0, size)
  }
  const lines = text.split("\n")
  reader.rest = lines.pop() ?? ""
  // Read by bytes, as a block may end inside a character.
  return lines.flatMap((line) => Event.ofJson(Buffer.from(line, "latin1").toString("utf8")) ?? [])
}

const readers = (paths: readonly [string, string]) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      let newest = open(paths[1])
      const older = open(paths[0])
      const isNew = ({ fd }: Reader) =>
        fs.fstatSync(fd).ino !== fs.statSync(paths[1], { throwIfNoEntry: false })?.ino
      return {
        past: () => [
          ...(older === undefined ? [] : next(older)),
          ...(newest === undefined ? [] : next(newest))
        ],
        /** What was added, also over the beginning of a new file. */
        more: () => {
          newest ??= open(paths[1])
          if (newest === undefined) return []
          const found = next(newest)
          if (!isNew(newest)) return found
          // Once more: what came between the look and the new file.
          const last = next(newest)
          const fresh = open(paths[1])
          if (fresh === undefined) return [...found, ...last]
          fs.closeSync(newest.fd)
          newest = fresh
          return [...found, ...last, ...next(fresh)]
        },
        close: () => {
          for (const reader of [older, newest]) if (reader !== undefined) fs.closeSync(reader.fd)
        }
      }
    }),
    ({ close }) => Effect.sync(close)
  )

/** The log in the store's directory `events`. */
export const service = (paths: LayoutPaths): Events["Type"] => {
  const notBefore = (since: string) => (event: Event.Event) => !Event.isBefore(event.timeNano, since)
  return Events.of({
    record: (fact) => Effect.sync(() => EventFile.append(paths, [fact])),
    past: (since) =>
      Stream.unwrapScoped(
        Effect.map(readers(EventFile.segments(paths)), ({ past }) =>
          Stream.fromIterable(past().filter(notBefore(since)))
        )
      ),
    follow: (since) =>
      Stream.unwrapScoped(
        Effect.gen(function* () {
          yield* Effect.sync(() => fs.mkdirSync(paths.events, { recursive: true, mode: 0o700 }))
          const bell = yield* Bell.inDirectory(paths.events)
          const { past, more } = yield* readers(EventFile.segments(paths))
          const added = Stream.repeatEffect(
            Effect.flatMap(Effect.promise(bell.wait), () => Effect.sync(more))
          )
          return Stream.filter(
            Stream.concat(Stream.fromIterable(past()), Stream.flattenIterables(added)),
            notBefore(since)
          )
        })
      )
  })
}
