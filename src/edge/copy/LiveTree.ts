import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as CopyPath from "../../core/container/CopyPath.js"
import * as PathText from "../../core/layer/PathText.js"
import { standard } from "../archive/ArchiveLimits.js"
import { gather } from "../archive/Gather.js"
import { TarReader } from "../archive/TarReader.js"
import * as OpenBeneath from "../linux/OpenBeneath.js"
import * as DirectoryPacker from "./DirectoryPacker.js"
import { CopyError, type FileTree, type PathStatus } from "./FileTrees.js"
import { TreeMerger } from "./TreeMerger.js"

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : ""

const reasons: Readonly<Record<string, CopyError["reason"]>> = {
  ENOENT: "Missing",
  ENOTDIR: "NotDirectory",
  EROFS: "ReadOnly"
}

/** A failure of copying, by the error of a call. */
export const failed = (cause: unknown): CopyError =>
  new CopyError({
    reason: reasons[codeOf(cause)] ?? "Failed",
    message: cause instanceof Error ? cause.message : String(cause),
    cause
  })

/** The directory to look in, links followed, and the name there, itself not followed. */
const located = (path: string): { readonly directory: string; readonly name: string } => {
  if (path.endsWith("/")) return { directory: path, name: "." }
  return CopyPath.split(path)
}

const kindOf = (stat: fs.Stats): Exclude<PathStatus, { readonly _tag: "Link" }> => {
  if (stat.isDirectory()) return { _tag: "Directory" }
  if (stat.isFile()) return { _tag: "File" }
  return { _tag: "Other", what: stat.isSocket() ? "a socket" : stat.isFIFO() ? "a named pipe" : "a device" }
}

/** How a tree is entered. */
export interface TreeAccess {
  /** Opens a directory by an absolute path, links followed as they are followed in this tree. */
  readonly open: (path: string) => number
  /** Opens a directory below an open one that is at `above`. */
  readonly below: (directory: number, above: string, path: string) => number
  readonly identity: "root" | "mapped"
}

const opening = (path: string, open: TreeAccess["open"]) =>
  Effect.acquireRelease(Effect.try({ try: () => open(path), catch: failed }), (fd) =>
    Effect.sync(() => fs.closeSync(fd))
  )

const ignoring = (reason: CopyError["reason"]) => reason === "Missing" || reason === "NotDirectory"

/** A tree whose paths are entered so. */
export const make = (access: TreeAccess): FileTree => ({
  status: (path) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { directory, name } = located(path)
        const fd = yield* opening(directory, access.open)
        return yield* Effect.try({
          try: (): PathStatus => {
            const place = DirectoryPacker.within(fd, name)
            const stat = fs.lstatSync(place)
            return stat.isSymbolicLink()
              ? { _tag: "Link", target: PathText.decode(fs.readlinkSync(place, "buffer")) }
              : kindOf(stat)
          },
          catch: failed
        })
      })
    ).pipe(
      Effect.catchIf(
        ({ reason }) => ignoring(reason),
        () => Effect.succeed(undefined)
      )
    ),
  pack: (path, as) =>
    Stream.unwrapScoped(
      Effect.gen(function* () {
        const { directory, name } = located(path)
        const fd = yield* opening(directory, access.open)
        return Stream.fromAsyncIterable(
          gather((sink) => DirectoryPacker.pack(fd, name, as, sink)),
          failed
        )
      })
    ),
  merge: (directory, bytes, owners) =>
    Effect.scoped(
      Effect.gen(function* () {
        const top = yield* opening(directory, access.open)
        const merger = new TreeMerger({
          open: (path) => access.below(top, directory, path),
          destination: directory,
          owners,
          identity: access.identity,
          limits: standard
        })
        const reader = new TarReader(merger, standard)
        yield* Effect.addFinalizer(() => Effect.sync(() => merger.abandon()))
        yield* Stream.runForEach(bytes, (chunk) =>
          Effect.try({ try: () => reader.write(chunk), catch: failed })
        )
        yield* Effect.try({
          try: () => {
            reader.finish()
            merger.finish()
          },
          catch: failed
        })
      })
    )
})

/** The tree whose root is open at `root`: nothing leads out of it. */
export const inRoot = (root: number, identity: TreeAccess["identity"]): FileTree =>
  make({
    identity,
    open: (path) => OpenBeneath.directoryInRoot(root, path),
    below: (directory, above, path) =>
      path === ""
        ? OpenBeneath.directoryBeneath(directory, ".")
        : OpenBeneath.directoryInRoot(root, `${above}/${path}`)
  })

/** This host's files. Below a destination no link is followed: what is copied there may have been put together to be led astray. */
export const ofHost = (identity: TreeAccess["identity"]): FileTree =>
  make({
    identity,
    open: (path) => fs.openSync(path, 0o10000000 | fs.constants.O_DIRECTORY),
    below: (directory, _, path) => OpenBeneath.directoryBeneath(directory, path === "" ? "." : path)
  })
