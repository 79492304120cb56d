import * as fs from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Terminal } from "../edge/terminal/Terminal.js"
import type { Failure } from "./Command.js"

/** A file that the user named cannot be read or written. `message` is in Docker's words. */
export class LocalFileError extends Data.TaggedError("LocalFileError")<{ readonly message: string }> {}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory"
}

const failed = (doing: string, path: string) => (cause: unknown) => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  return new LocalFileError({ message: `${doing} ${path}: ${reasons[code] ?? String(cause)}` })
}

const readBytes = 256 * 1024

/** The bytes of a file; of standard input where `path` is undefined. */
export const read = (path: string | undefined): Stream.Stream<Uint8Array, LocalFileError> =>
  Stream.suspend(() =>
    Stream.fromAsyncIterable(
      path === undefined ? process.stdin : fs.createReadStream(path, { highWaterMark: readBytes }),
      failed(path === undefined ? "read" : "open", path ?? "standard input")
    )
  )

/** A device or a pipe takes the bytes itself: a file in its place would be the end of it. */
const isSpecial = (path: string): boolean => {
  const stat = fs.statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && !stat.isFile() && !stat.isDirectory()
}

/** Writes a file, which is there whole or (if anything fails) not at all. */
export const write = <E, R>(
  path: string,
  bytes: Stream.Stream<Uint8Array, E, R>
): Effect.Effect<void, E | LocalFileError, R> => {
  const beside = `${path}.${process.pid}.tmp`
  const doing = <A>(calls: () => A) => Effect.try({ try: calls, catch: failed("open", path) })
  if (isSpecial(path))
    return Effect.acquireUseRelease(
      doing(() => fs.openSync(path, fs.constants.O_WRONLY)),
      (fd) => Stream.runForEach(bytes, (chunk) => doing(() => fs.writeFileSync(fd, chunk))),
      (fd) => Effect.sync(() => fs.closeSync(fd))
    )
  return Effect.acquireUseRelease(
    doing(() => fs.openSync(beside, "wx", 0o600)),
    (fd) =>
      Effect.zipRight(
        Stream.runForEach(bytes, (chunk) => doing(() => fs.writeFileSync(fd, chunk))),
        doing(() => fs.renameSync(beside, path))
      ),
    (fd) =>
      Effect.sync(() => {
        fs.closeSync(fd)
        fs.rmSync(beside, { force: true })
      })
  )
}

/** Writes to a file, or to standard output where `path` is undefined; never to a terminal. */
export const writeOut = <E extends Failure, R>(
  path: string | undefined,
  refusal: string,
  bytes: Stream.Stream<Uint8Array, E, R>
): Effect.Effect<void, Failure, R | Terminal> =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    if (path !== undefined) yield* write(path, bytes)
    else if (terminal.outIsTerminal) yield* new LocalFileError({ message: refusal })
    else yield* Stream.runForEach(bytes, terminal.out)
  })
