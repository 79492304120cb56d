import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ChainId } from "../../core/layer/ChainId.js"
import * as DetachedMount from "../linux/DetachedMount.js"
import { attempt, failure } from "../store/fs/Failure.js"
import { LayerStore } from "../store/LayerStore.js"
import { StoreError } from "../store/StoreError.js"
import { StoreRoot } from "../store/StoreRoot.js"
import { standard } from "./ArchiveLimits.js"
import type { ArchiveFile, Archives, PackedStack } from "./Archives.js"
import * as Compressor from "./Compressor.js"
import * as Decompressor from "./Decompressor.js"
import { gather } from "./Gather.js"
import * as OpenDirectory from "./OpenDirectory.js"
import { TarReader } from "./TarReader.js"
import * as TarWriter from "./TarWriter.js"
import { type ByteSink, pack, packOpen } from "./TreePacker.js"
import { TreeWriter } from "./TreeWriter.js"

const directoriesOf = (path: string): ReadonlyArray<string> => {
  const names = path.split("/").slice(0, -1)
  return names.map((_, index) => `${names.slice(0, index + 1).join("/")}/`)
}

const header = (path: string, sizeBytes: number, mtimeSeconds = 0, fileMode = 0o644): Uint8Array => {
  const kind = path.endsWith("/") ? "directory" : "file"
  const mode = kind === "directory" ? 0o755 : fileMode
  return TarWriter.header({ kind, path, mode, uid: 0, gid: 0, sizeBytes, mtimeSeconds })
}

interface OpenStack extends PackedStack {
  readonly roots: ReadonlyArray<string>
}

function* packAll(
  stacks: ReadonlyArray<OpenStack>,
  mtimeSeconds: number | undefined,
  sink: ByteSink
): Generator<unknown, void> {
  const time = mtimeSeconds === undefined ? {} : { mtimeSeconds }
  for (const { prefix, roots, files } of stacks) {
    if (prefix !== "") sink(header(prefix, 0, mtimeSeconds))
    yield* packOpen({ roots, whiteouts: "plain", prefix, ...time }, sink)
    for (const { path, bytes } of files) {
      sink(header(`${prefix}${path}`, bytes.length, mtimeSeconds, 0o600))
      sink(bytes)
      sink(TarWriter.padding(bytes.length))
    }
  }
  sink(TarWriter.closing)
}

/** The same bytes decompressed: each chunk gives what has come out of the decompressor by then. */
const decompress = <E>(bytes: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E | StoreError> =>
  Stream.suspend(() => {
    let ready: Array<Uint8Array> = []
    let decompressor: Decompressor.Decompressor | undefined
    const drain = (push: () => Promise<void> | undefined) =>
      Effect.tryPromise({
        try: async () => {
          await push()
          const out = ready
          ready = []
          return out
        },
        catch: (cause) => failure("read", "the archive", cause)
      })
    const pushed = Stream.mapEffect(bytes, (chunk) =>
      drain(() => {
        decompressor ??= Decompressor.make(Decompressor.sniff(chunk), standard, (out) => {
          ready.push(Uint8Array.from(out))
        })
        return decompressor.write(chunk)
      })
    )
    const ended = Stream.fromEffect(drain(() => decompressor?.end()))
    return Stream.concat(pushed, ended).pipe(
      Stream.flattenIterables,
      Stream.ensuring(Effect.sync(() => decompressor?.abandon()))
    )
  })

export const make: Effect.Effect<Archives["Type"], never, LayerStore | StoreRoot> = Effect.gen(function* () {
  const layers = yield* LayerStore
  const { identity } = yield* StoreRoot

  const open = <E>(bytes: Stream.Stream<Uint8Array, E>) =>
    Effect.gen(function* () {
      const { upper } = yield* layers.workspace
      const options = { root: upper, identity: "mapped", whiteouts: "plain", limits: standard } as const
      const writer = new TreeWriter(options)
      const reader = new TarReader(writer, standard)
      yield* Effect.addFinalizer(() => Effect.sync(() => writer.abandon()))
      yield* Stream.runForEach(decompress(bytes), (chunk) =>
        attempt("unpack", "the archive", () => reader.write(chunk))
      )
      yield* attempt("unpack", "the archive", () => {
        reader.finish()
        writer.finish()
      })
      return OpenDirectory.of(upper)
    })

  const write = <E>(files: ReadonlyArray<ArchiveFile<E>>): Stream.Stream<Uint8Array, E | StoreError> => {
    const made = new Set<string>()
    const parts = Stream.flatMap(Stream.fromIterable(files), (file) => {
      const directories = directoriesOf(file.path).filter((path) => !made.has(path))
      for (const path of directories) made.add(path)
      const heads = [...directories.map((path) => header(path, 0)), header(file.path, file.sizeBytes)]
      return Stream.fromIterable(heads).pipe(
        Stream.concat(file.bytes),
        Stream.concat(Stream.make(TarWriter.padding(file.sizeBytes)))
      )
    })
    return Stream.concat(parts, Stream.make(TarWriter.closing))
  }

  const packContainer: Archives["Type"]["packContainer"] = ({ upper, parent }) =>
    Stream.unwrapScoped(
      Effect.gen(function* () {
        const lower = parent === undefined ? [] : yield* layers.lowerDirs(parent)
        const root =
          lower.length === 0
            ? upper
            : yield* DetachedMount.overlay({
                lower: [upper, ...lower],
                writable: undefined,
                identity: identity === "root" ? "root" : "mapped"
              }).pipe(Effect.mapError(unmountable))
        return Stream.fromAsyncIterable(
          gather((sink) => pack({ roots: [root], whiteouts: "plain", inUse: true }, sink)),
          (cause) => failure("pack", "the container's files", cause)
        )
      })
    )

  const rootsOf = (chain: ChainId | undefined) =>
    chain === undefined ? Effect.succeed([]) : layers.lowerDirs(chain)

  const packed = (what: string, start: (sink: ByteSink) => Iterator<unknown, unknown>) =>
    Stream.fromAsyncIterable(gather(start), (cause) => failure("pack", what, cause))

  const packStacks: Archives["Type"]["packStacks"] = (stacks, mtimeSeconds) =>
    Stream.unwrap(
      Effect.map(
        Effect.forEach(stacks, (stack) =>
          Effect.map(rootsOf(stack.chain), (roots): OpenStack => ({ ...stack, roots }))
        ),
        (open) => packed("the files of the image", (sink) => packAll(open, mtimeSeconds, sink))
      )
    )

  const packMerged: Archives["Type"]["packMerged"] = (chain, count) =>
    Stream.unwrap(
      Effect.map(rootsOf(chain), (roots) =>
        packed("the layers", (sink) => pack({ roots: roots.slice(0, count), whiteouts: "overlay" }, sink))
      )
    )

  return {
    open,
    decompress,
    compression: Decompressor.sniff,
    write,
    packContainer,
    packStacks,
    packMerged,
    compress: Compressor.compress
  }
})

const unmountable = (error: DetachedMount.MountError): StoreError =>
  new StoreError({
    reason: error.reason === "Unsupported" ? "Unsupported" : "Io",
    subject: "overlay",
    message: error.message,
    cause: error
  })
