import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as ChainId from "../../core/layer/ChainId.js"
import * as Digest from "../../core/oci/Digest.js"
import type { Operation } from "../../core/plan/Operation.js"
import type { LayerRecord } from "../../core/store/LayerRecord.js"
import * as LayoutPaths from "../../core/store/LayoutPaths.js"
import { StoredContents } from "../archive/StoredContents.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { LaidFile, WrittenFiles } from "./WrittenFiles.js"

/**
 * The layer that the same copy made in an earlier build, and what it laid there. A file that is the same again gets one more name instead
 * of being made, written and read anew. Only under its own path: two layers of one stack never show one inode under two names, which
 * programs would take for hard links. See ADR 0708.
 */
export interface EarlierCopy {
  /** The layer's directory. */
  readonly root: string
  /** The layer's tar. */
  readonly contents: StoredContents
  readonly files: ReadonlyMap<string, LaidFile>
}

type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>

/** Names a copy by everything but what it finds. `context`: where the files come from; undefined for a place in the store, which will not be seen again. */
export const name = (
  paths: LayoutPaths.LayoutPaths,
  context: string,
  operation: CopyOperation
): Digest.Digest | undefined =>
  context.startsWith(`${paths.root}/`) ? undefined : Digest.ofBytes(JSON.stringify([context, operation]))

const header = "kasane copies 2"
const mostCopies = 64

const directoryOf = (paths: LayoutPaths.LayoutPaths): string => `${paths.cache}/copies`
const fileOf = (paths: LayoutPaths.LayoutPaths, copy: Digest.Digest): string =>
  `${directoryOf(paths)}/${Digest.hex(copy)}`

/** What is remembered of a copy, while its layer and its tar are there. A memory that cannot be read costs time only. */
export const recall = (
  layers: LayerStore["Type"],
  paths: LayoutPaths.LayoutPaths,
  copy: Digest.Digest
): Effect.Effect<EarlierCopy | undefined, never, Scope.Scope> =>
  Effect.gen(function* () {
    const kept = yield* attempt(() => read(fileOf(paths, copy)))
    if (kept === undefined) return undefined
    const there = yield* Effect.option(layers.get(kept.chain))
    if (Option.isNone(Option.flatten(there))) {
      yield* attempt(() => fs.rmSync(fileOf(paths, copy), { force: true }))
      return undefined
    }
    const fd = yield* Effect.acquireRelease(
      attempt(() => fs.openSync(LayoutPaths.blob(paths, kept.diffId), "r")),
      (opened) => Effect.sync(() => opened !== undefined && fs.closeSync(opened))
    )
    if (fd === undefined) return undefined
    const root = LayoutPaths.layerDiff(paths, kept.chain)
    return { root, contents: new StoredContents(fd), files: kept.files }
  })

const attempt = <A>(work: () => A): Effect.Effect<A | undefined> =>
  Effect.orElseSucceed(Effect.try(work), () => undefined)

interface Kept {
  readonly chain: ChainId.ChainId
  readonly diffId: Digest.Digest
  readonly files: ReadonlyMap<string, LaidFile>
}

const read = (file: string): Kept | undefined => {
  const lines = fs.readFileSync(file, "utf8").split("\n")
  const [first, parent = "", diffId = ""] = lines
  // A file that was cut short has no last line.
  if (first !== header || lines.at(-1) !== "end" || !Digest.isDigest(diffId)) return undefined
  const below = Digest.isDigest(parent) ? ChainId.append(undefined, parent) : undefined
  const files = new Map<string, LaidFile>()
  for (let index = 3; index < lines.length - 1; index++) {
    const line = lines[index] ?? ""
    const pathEnd = line.indexOf("\0")
    const stateEnd = line.indexOf("\0", pathEnd + 1)
    const lengthEnd = line.indexOf("\0", stateEnd + 1)
    const length = Number(line.slice(stateEnd + 1, lengthEnd))
    const at = Number(line.slice(lengthEnd + 1))
    files.set(line.slice(0, pathEnd), { state: line.slice(pathEnd + 1, stateEnd), length, at })
  }
  return { chain: ChainId.append(below, diffId), diffId, files }
}

/** Remembers what a copy laid into its layer. */
export const keep = (
  paths: LayoutPaths.LayoutPaths,
  copy: Digest.Digest,
  layer: LayerRecord,
  written: WrittenFiles
): Effect.Effect<void> =>
  Effect.ignore(
    Effect.try(() => {
      const file = fileOf(paths, copy)
      const beside = `${file}.${process.pid}`
      const lines: Array<string> = [header, layer.parent ?? "", layer.diffId]
      for (const [path, { at, length, state }] of written.copies())
        if (!path.includes("\n")) lines.push(`${path}\0${state}\0${length}\0${at}`)
      if (lines.length === 3) return
      fs.mkdirSync(directoryOf(paths), { recursive: true, mode: 0o700 })
      forgetOldest(directoryOf(paths))
      fs.writeFileSync(beside, [...lines, "end"].join("\n"), { mode: 0o600 })
      fs.renameSync(beside, file)
    })
  )

const forgetOldest = (directory: string): void => {
  const names = fs.readdirSync(directory)
  if (names.length < mostCopies) return
  const aged = names.map((file) => ({ file, age: fs.statSync(`${directory}/${file}`).mtimeMs }))
  aged.sort((left, right) => left.age - right.age)
  for (const { file } of aged.slice(0, names.length - mostCopies + 1))
    fs.rmSync(`${directory}/${file}`, { force: true })
}
