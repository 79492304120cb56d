import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChainId } from "../../core/layer/ChainId.js"
import { firstPassedFd } from "../../core/program/Program.js"
import * as DetachedMount from "../linux/DetachedMount.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { StoreConfig } from "../store/StoreRoot.js"
import * as BuildError from "./BuildError.js"
import * as StepRoot from "./StepRoot.js"

/** A layer for the very bottom of a stack, and the descriptor of this process that its path goes through. */
export interface OtherOrder {
  /** As the started program finds it. */
  readonly lower: ReadonlyArray<string>
  readonly descriptors: ReadonlyArray<number>
}

export const same: OtherOrder = { lower: [], descriptors: [] }

/** Where stubs go: which of a directory's entries get one, in the order of making them. */
export interface Place {
  readonly root: string
  readonly stub: string
  readonly chosen: (entries: ReadonlyArray<fs.Dirent>) => ReadonlyArray<fs.Dirent>
}

/** In the order in which the file system gives them; names as bytes, one character for each. */
export const listed = (directory: Buffer): ReadonlyArray<fs.Dirent> => {
  // What libuv's scandir gives is sorted.
  const open = fs.opendirSync(directory, { encoding: "latin1", bufferSize: 256 })
  const entries: Array<fs.Dirent> = []
  try {
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) entries.push(entry)
  } finally {
    open.closeSync()
  }
  return entries
}

const below = (directory: Buffer, name: string): Buffer =>
  Buffer.concat([directory, Buffer.from(`/${name}`, "latin1")])

/** Makes the stubs for what a directory shows. */
export const stub = (place: Place, shown: string): void =>
  fill(place, Buffer.from(shown), Buffer.from(place.root))

const fill = (place: Place, from: Buffer, to: Buffer): void => {
  for (const entry of place.chosen(listed(from))) {
    const made = below(to, entry.name)
    if (!entry.isDirectory()) {
      fs.linkSync(place.stub, made)
      continue
    }
    fs.mkdirSync(made)
    fill(place, below(from, entry.name), made)
  }
}

const prepared = (directory: string): Pick<Place, "root" | "stub"> => {
  const place = { root: `${directory}/order`, stub: `${directory}/stub` }
  fs.mkdirSync(place.root)
  fs.writeFileSync(place.stub, "")
  return place
}

/** Every name, made so that the file system gives them the other way round than they are given now. */
export const inMemory = (directory: string): Place => {
  for (const name of ["1", "2"]) fs.writeFileSync(`${directory}/${name}`, "")
  const [first] = listed(Buffer.from(directory)).filter(({ name }) => name === "1" || name === "2")
  const isNewestFirst = first?.name === "2"
  return {
    ...prepared(directory),
    chosen: (entries) => (isNewestFirst ? entries : [...entries].reverse())
  }
}

/** A file system that gives names in an order of its own: then directories and the later half of the others come first. */
export const onDisk = (directory: string): Place => ({
  ...prepared(directory),
  chosen: (entries) => {
    const others = entries.filter((entry) => !entry.isDirectory())
    const late = new Set(others.slice(Math.floor(others.length / 2)))
    return entries.filter((entry) => entry.isDirectory() || late.has(entry))
  }
})

/** A file system in memory that overlays accept at the bottom: older kernels take none that is in no mount table. */
const memory = (identity: StoreConfig["identity"], beside: string) =>
  Effect.gen(function* () {
    const made = yield* DetachedMount.memory
    const user = identity === "root" ? "root" : "mapped"
    const probe = { lower: [beside, made.path], writable: undefined, identity: user } as const
    yield* Effect.scoped(DetachedMount.overlay(probe))
    return made
  })

/**
 * Makes directories of a stack give their names in another order, and nothing else: overlayfs lists first what the lowest layer of a
 * directory has, so one more layer below all of them, with stubs of the same names, decides the order, and every stub is covered by
 * what it stands for. `beside` is an empty directory of the store's file system.
 */
export const make = (
  layers: LayerStore["Type"],
  identity: StoreConfig["identity"],
  chain: ChainId | undefined,
  beside: string
): Effect.Effect<OtherOrder, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    if (chain === undefined) return same
    const shown = yield* StepRoot.readable(layers, identity, chain)
    yield* Effect.sync(() => fs.mkdirSync(beside))
    const found = yield* Effect.option(memory(identity, beside))
    return yield* Effect.try({
      try: (): OtherOrder => {
        const place = found._tag === "Some" ? inMemory(found.value.path) : onDisk(beside)
        stub(place, shown)
        return found._tag === "Some"
          ? { lower: [`${passedPath}/order`], descriptors: [found.value.fd] }
          : { lower: [place.root], descriptors: [] }
      },
      catch: (thrown) => BuildError.ofThrown(thrown, "cannot change the order of directories")
    })
  })

/** The one descriptor that is passed. */
const passedPath = `/proc/self/fd/${firstPassedFd}`
