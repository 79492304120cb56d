import * as fs from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type LogStream, lines } from "./LogEntry.js"

/** A log that could not be opened, read or written. */
export class LogFileError extends Data.TaggedError("LogFileError")<{
  readonly operation: "open" | "read" | "write"
  readonly path: string
  readonly message: string
  readonly cause: unknown
}> {
  static of(operation: LogFileError["operation"], path: string, cause: unknown): LogFileError {
    const why = cause instanceof Error ? cause.message : String(cause)
    return new LogFileError({
      operation,
      path,
      message: `cannot ${operation} the log ${path}: ${why}`,
      cause
    })
  }
}

/** When a log starts a new file, and how many are kept (the one being written included). */
export interface Rotation {
  readonly maxBytes: number
  readonly maxFiles: number
}

/** Docker's default: one file without a limit. */
export const unlimited: Rotation = { maxBytes: Number.POSITIVE_INFINITY, maxFiles: 1 }

/**
 * The writing end of a container's log. An entry is appended whole, in one write, so readers never see half of one;
 * writes go to the page cache and survive the death of the writer, not a power cut. Mutable; one owner.
 */
export class LogWriter {
  /** Bytes after the last newline, by stream: an entry is written when its line is complete. */
  private readonly partial: Record<LogStream, Uint8Array | undefined> = {
    stdout: undefined,
    stderr: undefined
  }
  private sizeBytes: number

  constructor(
    private readonly path: string,
    private fd: number,
    private readonly rotation: Rotation
  ) {
    this.sizeBytes = fs.fstatSync(fd).size
  }

  /** Logs a chunk of one stream's output. `at` is milliseconds since the epoch, fractions kept. */
  append(stream: LogStream, chunk: Uint8Array, at: number): void {
    const { text, rest } = lines(this.partial[stream], chunk, stream, at)
    this.partial[stream] = rest
    if (text !== "") this.write(text)
  }

  /** Writes the lines that never got their newline, and closes the file. */
  close(at: number): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.partial[stream]
      if (rest === undefined) continue
      this.partial[stream] = undefined
      this.write(lines(undefined, rest, stream, at, "unterminated").text)
    }
    fs.closeSync(this.fd)
  }

  private write(text: string): void {
    const bytes = Buffer.from(text)
    if (this.sizeBytes > 0 && this.sizeBytes + bytes.length > this.rotation.maxBytes) this.rotate()
    let written = 0
    while (written < bytes.length) written += fs.writeSync(this.fd, bytes, written)
    this.sizeBytes += bytes.length
  }

  private rotate(): void {
    fs.closeSync(this.fd)
    if (this.rotation.maxFiles > 1) {
      for (let age = this.rotation.maxFiles - 1; age > 1; age--)
        renameIfThere(`${this.path}.${age - 1}`, `${this.path}.${age}`)
      renameIfThere(this.path, `${this.path}.1`)
    } else fs.rmSync(this.path, { force: true })
    this.fd = fs.openSync(this.path, "a", 0o640)
    this.sizeBytes = 0
  }
}

const renameIfThere = (from: string, to: string): void => {
  if (fs.existsSync(from)) fs.renameSync(from, to)
}

/** Opens a log for appending, making it when it is not there. Closed, with unfinished lines written, by the scope. */
export const open = (
  path: string,
  rotation: Rotation = unlimited
): Effect.Effect<LogWriter, LogFileError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => new LogWriter(path, fs.openSync(path, "a", 0o640), rotation),
      catch: (cause) => LogFileError.of("open", path, cause)
    }),
    (writer) => Effect.sync(() => writer.close(Date.now()))
  )

/** The files of a log, oldest first. */
export const segments = (path: string): ReadonlyArray<string> => {
  const older: Array<string> = []
  for (let age = 1; fs.existsSync(`${path}.${age}`); age++) older.unshift(`${path}.${age}`)
  return fs.existsSync(path) ? [...older, path] : older
}
