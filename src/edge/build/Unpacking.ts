import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import { ArchiveError } from "../archive/ArchiveError.js"
import * as ArchiveLimits from "../archive/ArchiveLimits.js"
import * as Decompressor from "../archive/Decompressor.js"
import { TarReader, type TarSink } from "../archive/TarReader.js"
import { TreeWriter } from "../archive/TreeWriter.js"
import * as BuildError from "./BuildError.js"

/** An archive that was unpacked into a directory of its own. */
export interface Unpacked {
  /** The directories that the archive names: those it only passes through have no owner and mode to give away. */
  readonly named: ReadonlySet<string>
}

export interface UnpackRequest {
  /** The archive's file, opened for reading; read from its start. */
  readonly fd: number
  /** An empty directory that nothing else writes to. */
  readonly root: string
  readonly identity: "root" | "mapped"
}

const chunkBytes = 1 << 20

/** Programs of this host for what Node cannot read. Docker does the same for xz. */
const helpers: ReadonlyArray<{
  readonly magic: ReadonlyArray<number>
  readonly program: string
}> = [
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], program: "xz" },
  { magic: [0x42, 0x5a, 0x68], program: "bzip2" }
]

/** Passes entries on, and remembers what an archive says of its own structure. */
export class Watching implements TarSink {
  readonly named = new Set<string>()
  private readonly links = new Set<string>()
  private isSkipped = false
  entries = 0
  constructor(private readonly inner: TarSink) {}

  entry(entry: TarEntry): void {
    const path = normal(entry.path)
    this.entries++
    // An entry without a name says nothing, unless it is the root directory.
    this.isSkipped = path === "" && entry.kind !== "directory"
    if (this.isSkipped) return
    for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1))
      if (this.links.has(path.slice(0, slash)))
        throw new ArchiveError({ reason: "Hostile", message: `${path}: path escapes from parent` })
    if (entry.kind === "symlink") this.links.add(path)
    else this.links.delete(path)
    if (entry.kind === "directory") this.named.add(path)
    this.inner.entry(entry)
  }
  data(chunk: Uint8Array, position: number): void {
    if (!this.isSkipped) this.inner.data(chunk, position)
  }
  end(): void {
    if (!this.isSkipped) this.inner.end()
  }
}

const normal = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")

/**
 * Unpacks a tar, plain or compressed (gzip, zstd, and xz and bzip2 where the host has those programs). Undefined if the file
 * is no archive: then nothing was written.
 */
export const unpack = (
  request: UnpackRequest
): Effect.Effect<Unpacked | undefined, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const head = Buffer.alloc(512)
    const size = fs.readSync(request.fd, head, 0, head.length, 0)
    const helper = helpers.find(({ magic }) => magic.every((byte, index) => head[index] === byte))
    if (helper === undefined) return yield* untar(request, head.subarray(0, size))
    const plain = yield* decompressed(request, helper.program)
    if (plain === undefined) return undefined
    return yield* untar({ ...request, fd: plain }, Buffer.alloc(0))
  })

/** The decompressed content in a file of no name; undefined where the host lacks the program or the data is damaged. */
const decompressed = (
  request: UnpackRequest,
  program: string
): Effect.Effect<number | undefined, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const path = `${request.root}.plain`
    const output = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const fd = fs.openSync(path, "wx+", 0o600)
        fs.unlinkSync(path)
        return fd
      }),
      (fd) => Effect.sync(() => fs.closeSync(fd))
    )
    const code = yield* Effect.async<number>((resume) => {
      const input = fs.openSync(`/proc/self/fd/${request.fd}`, "r")
      const child = childProcess.spawn(program, ["-dc"], { stdio: [input, output, "ignore"] })
      fs.closeSync(input)
      child.once("error", () => resume(Effect.succeed(127)))
      child.once("exit", (status) => resume(Effect.succeed(status ?? 128)))
      return Effect.sync(() => child.kill("SIGKILL"))
    })
    return code === 0 ? output : undefined
  })

const untar = (
  request: UnpackRequest,
  head: Uint8Array
): Effect.Effect<Unpacked | undefined, BuildError.BuildError> =>
  Effect.gen(function* () {
    fs.mkdirSync(request.root, { recursive: true, mode: 0o755 })
    const limits = ArchiveLimits.standard
    const writer = new TreeWriter({
      root: request.root,
      identity: request.identity,
      whiteouts: "plain",
      limits
    })
    const watching = new Watching(writer)
    const reader = new TarReader(watching, limits)
    const decompressor = Decompressor.make(Decompressor.sniff(head), limits, (chunk) => reader.write(chunk))
    const read = Effect.gen(function* () {
      let position = 0
      for (;;) {
        const chunk = Buffer.allocUnsafe(chunkBytes)
        const size = fs.readSync(request.fd, chunk, 0, chunkBytes, position)
        if (size === 0) break
        position += size
        const wait = yield* Effect.try(() => decompressor.write(chunk.subarray(0, size)))
        if (wait !== undefined) yield* Effect.tryPromise(() => wait)
      }
      yield* Effect.tryPromise(() => decompressor.end())
      yield* Effect.try(() => {
        reader.finish()
        writer.finish()
      })
    })
    const outcome = yield* Effect.either(read)
    if (outcome._tag === "Right") return watching.entries === 0 ? undefined : { named: watching.named }
    yield* Effect.sync(() => {
      decompressor.abandon()
      writer.abandon()
    })
    if (watching.entries === 0) return undefined
    const cause = outcome.left.error
    return yield* BuildError.make(
      "archive",
      cause instanceof Error ? cause.message : "the archive cannot be read",
      cause
    )
  })
