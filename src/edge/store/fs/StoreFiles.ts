import * as fs from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LayoutPaths } from "../../../core/store/LayoutPaths.js"
import * as KernelRandom from "../../linux/KernelRandom.js"
import { StoreRoot } from "../StoreRoot.js"
import { crashPoint } from "./CrashPoint.js"
import { publish, writeSynced } from "./DurableFile.js"
import { codeOf } from "./Failure.js"
import { Session } from "./Session.js"

/** The files that the services of a store share: its directories, this process's place for unfinished writes, trash. */
export interface StoreFilesService {
  readonly paths: LayoutPaths
  readonly identity: "root" | "mapped" | "user"
  /** Makes the store's directories, once. Every writer calls it first; readers never do. */
  readonly prepare: () => void
  readonly session: Session
  /** A path of its own for an unfinished write, on the store's file system. */
  readonly fresh: (suffix: string) => string
  /** Writes `bytes` to a fresh path, synced, and publishes it at `to`. */
  readonly replace: (to: string, bytes: Uint8Array | string) => void
  /** Takes a file or tree away at once; true if it was there. What it held is deleted by {@link emptyTrash}. */
  readonly trash: (victim: string) => boolean
  /** Deletes what this process has put to the trash. */
  readonly emptyTrash: () => Promise<void>
  /** Runs removal; if the disk is too full for it, gives up the reserve and runs it again. */
  readonly onReserve: <A>(removal: () => A) => A
}

export class StoreFiles extends Context.Tag("kasane/edge/store/fs/StoreFiles")<
  StoreFiles,
  StoreFilesService
>() {}

const reserveBytes = 512 * 1024

const layoutVersion = JSON.stringify({ imageLayoutVersion: "1.0.0" })

const makeDirectories = (paths: LayoutPaths): void => {
  // Nobody else looks into a store: what is in it may be setuid (CVE-2021-41091).
  fs.mkdirSync(paths.root, { recursive: true, mode: 0o700 })
  for (const dir of [
    `${paths.blobs}/sha256`,
    paths.images,
    paths.indexes,
    paths.layers,
    paths.links,
    paths.names,
    paths.cache,
    paths.volumes,
    paths.networkLives,
    paths.ingest,
    paths.leases,
    paths.locks,
    paths.trash
  ])
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
}

/** Keeps blocks that removal may use on a full disk; does without where there are none. */
const keepReserve = (paths: LayoutPaths): void => {
  if (fs.existsSync(paths.reserve)) return
  try {
    fs.writeFileSync(paths.reserve, Buffer.alloc(reserveBytes, 1), { mode: 0o600 })
  } catch (error) {
    if (codeOf(error) !== "ENOSPC") throw error
    fs.rmSync(paths.reserve, { force: true })
  }
}

const smallEntries = 64

interface Tree {
  readonly files: ReadonlyArray<string>
  /** Each after the directory that it lies in. */
  readonly directories: ReadonlyArray<string>
}

/** What is in a tree, if that is so little that deleting it here takes less time than handing it to other threads. */
const smallTree = (root: string): Tree | undefined => {
  const directories = [root]
  const files: Array<string> = []
  for (const directory of directories) {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
      if (directories.length + files.length > smallEntries) return undefined
      const path = `${directory}/${entry.name}`
      if (entry.isDirectory()) directories.push(path)
      else files.push(path)
    }
  }
  return { files, directories }
}

/**
 * Deletes a small tree; false when it is large, or not so simple: a file, a work directory of overlayfs' that its owner cannot
 * read, names that are no text. Node's rm asks what each entry is and tries before it looks, which takes three times as long.
 */
const deletedAtOnce = (root: string): boolean => {
  try {
    const tree = smallTree(root)
    if (tree === undefined) return false
    for (const file of tree.files) fs.unlinkSync(file)
    for (const directory of tree.directories.toReversed()) fs.rmdirSync(directory)
    return true
  } catch {
    return false
  }
}

const filesAt = (paths: LayoutPaths, identity: "root" | "mapped" | "user"): StoreFilesService => {
  let prepared = false
  let sequence = 0
  const trashed: Array<string> = []
  const session = new Session(paths)

  const prepare = (): void => {
    if (prepared) return
    makeDirectories(paths)
    prepared = true
    if (!fs.existsSync(paths.ociLayout)) replace(paths.ociLayout, layoutVersion)
    keepReserve(paths)
  }

  const fresh = (suffix: string): string => {
    prepare()
    return `${session.directory()}/${sequence++}-${suffix}`
  }

  const replace = (to: string, bytes: Uint8Array | string): void => {
    const from = fresh("file")
    writeSynced(from, bytes)
    publish(from, to)
  }

  const trash = (victim: string): boolean => {
    const grave = `${paths.trash}/${process.pid}-${KernelRandom.hex(6)}`
    crashPoint()
    try {
      fs.renameSync(victim, grave)
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false
      throw error
    }
    crashPoint()
    trashed.push(grave)
    return true
  }

  const emptyTrash = async (): Promise<void> => {
    for (const grave of trashed.splice(0)) {
      if (!deletedAtOnce(grave)) await fs.promises.rm(grave, { recursive: true, force: true })
    }
  }

  const onReserve = <A>(removal: () => A): A => {
    try {
      return removal()
    } catch (error) {
      if (codeOf(error) !== "ENOSPC") throw error
      fs.rmSync(paths.reserve, { force: true })
      return removal()
    }
  }

  return { paths, identity, prepare, session, fresh, replace, trash, emptyTrash, onReserve }
}

/** Closes with what it opened: the session's unfinished writes are deleted with the scope. */
export const make: Effect.Effect<StoreFilesService, never, StoreRoot | Scope.Scope> = Effect.gen(
  function* () {
    const { paths, identity } = yield* StoreRoot
    return yield* Effect.acquireRelease(
      Effect.sync(() => filesAt(paths, identity)),
      (files) => Effect.sync(() => files.session.close())
    )
  }
)
