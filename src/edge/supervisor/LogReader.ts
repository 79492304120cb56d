import * as fs from "node:fs"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Bell from "../host/Bell.js"
import { type LogEntry, parse } from "./LogEntry.js"
import { LogFileError, segments } from "./LogFile.js"
import { blockBytes, type LogQuery, newline, type Position, start } from "./LogSearch.js"

/**
 * The entries of the log at `path`, oldest first, in chunks of what one read gives. A log that does not exist is empty.
 * `tail` is found by scanning back from the end, `since` by bisection, so neither reads what it skips.
 */
export const read = (path: string, query: LogQuery): Stream.Stream<LogEntry, LogFileError> =>
  Stream.unwrap(
    Effect.try({
      try: () => {
        const files = segments(path)
        return files.length === 0 ? Stream.empty : readFrom(files, start(files, query), query, undefined)
      },
      catch: (cause) => LogFileError.of("read", path, cause)
    })
  )

/**
 * The entries of the log at `path` and then those that are added, until `ended` has completed and the rest has been
 * read. `ended` says that the writer has closed the log.
 */
export const follow = (
  path: string,
  query: LogQuery,
  ended: Effect.Effect<void>
): Stream.Stream<LogEntry, LogFileError> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const watcher = yield* Bell.inDirectory(path.slice(0, path.lastIndexOf("/")) || "/")
      const end = { reached: false }
      yield* Effect.forkScoped(
        Effect.andThen(
          ended,
          Effect.sync(() => {
            end.reached = true
            watcher.ring()
          })
        )
      )
      const files = segments(path)
      return readFrom(files.length === 0 ? [path] : files, start(files, query), query, { path, watcher, end })
    })
  )

interface Following {
  readonly path: string
  readonly watcher: Bell.Bell
  readonly end: { reached: boolean }
}

interface Cursor {
  files: ReadonlyArray<string>
  segment: number
  fd: number | undefined
  offset: number
  rest: Buffer
}

const readFrom = (
  files: ReadonlyArray<string>,
  from: Position,
  query: LogQuery,
  following: Following | undefined
): Stream.Stream<LogEntry, LogFileError> =>
  Stream.unwrapScoped(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(
          (): Cursor => ({
            files,
            segment: from.segment,
            fd: undefined,
            offset: from.offset,
            rest: Buffer.alloc(0)
          })
        ),
        (cursor) => Effect.sync(() => cursor.fd !== undefined && fs.closeSync(cursor.fd))
      ),
      (cursor) =>
        Stream.repeatEffectChunkOption(
          Effect.tryPromise({
            try: () => nextChunk(cursor, query, following),
            catch: (cause) => Option.some(LogFileError.of("read", cursor.files[cursor.segment] ?? "", cause))
          }).pipe(
            Effect.flatMap((chunk) =>
              chunk === undefined ? Effect.fail(Option.none()) : Effect.succeed(chunk)
            )
          )
        )
    )
  )

const nextChunk = async (
  cursor: Cursor,
  query: LogQuery,
  following: Following | undefined
): Promise<Chunk.Chunk<LogEntry> | undefined> => {
  for (;;) {
    const lastLook = following === undefined || following.end.reached
    const bytes = readBlock(cursor)
    if (bytes.length > 0) {
      const { entries, past } = decode(cursor, bytes, query)
      if (entries.length > 0) return Chunk.unsafeFromArray(entries)
      if (past) return undefined
      continue
    }
    if (nextSegment(cursor, following)) continue
    if (lastLook) return undefined
    await following.watcher.wait()
  }
}

const readBlock = (cursor: Cursor): Buffer => {
  const file = cursor.files[cursor.segment]
  if (file === undefined) return Buffer.alloc(0)
  if (cursor.fd === undefined) {
    if (!fs.existsSync(file)) return Buffer.alloc(0)
    cursor.fd = fs.openSync(file, "r")
  }
  const block = Buffer.allocUnsafe(blockBytes)
  const size = fs.readSync(cursor.fd, block, 0, blockBytes, cursor.offset)
  cursor.offset += size
  return block.subarray(0, size)
}

/** Goes on to the next file of the log: an older one's successor, or the file that rotation put in place. */
const nextSegment = (cursor: Cursor, following: Following | undefined): boolean => {
  const last = cursor.segment >= cursor.files.length - 1
  if (last && (following === undefined || cursor.fd === undefined || !replaced(following.path, cursor.fd)))
    return false
  if (last && following !== undefined) cursor.files = [following.path]
  cursor.segment = last ? 0 : cursor.segment + 1
  if (cursor.fd !== undefined) fs.closeSync(cursor.fd)
  cursor.fd = undefined
  cursor.offset = 0
  cursor.rest = Buffer.alloc(0)
  return true
}

const replaced = (path: string, fd: number): boolean =>
  fs.existsSync(path) && fs.statSync(path).ino !== fs.fstatSync(fd).ino

const decode = (cursor: Cursor, bytes: Buffer, query: LogQuery) => {
  const all = cursor.rest.length === 0 ? bytes : Buffer.concat([cursor.rest, bytes])
  const end = all.lastIndexOf(newline)
  cursor.rest = all.subarray(end + 1)
  const entries: Array<LogEntry> = []
  if (end === -1) return { entries, past: false }
  for (const line of all.toString("utf8", 0, end).split("\n")) {
    const entry = parse(line)
    if (Either.isLeft(entry)) continue
    if (query.until !== undefined && entry.right.time > query.until) return { entries, past: true }
    if (query.since === undefined || entry.right.time >= query.since) entries.push(entry.right)
  }
  return { entries, past: false }
}
