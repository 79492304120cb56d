import * as Effect from "effect/Effect"
import * as StepRecord from "../../core/plan/StepRecord.js"
import { EngineError, invalid } from "../EngineError.js"
import * as CacheItems from "./CacheItems.js"

const time = (milliseconds: number): string => new Date(milliseconds).toISOString()

const common = (item: CacheItems.CachedThing) => ({
  ID: item.id,
  Type: item.type,
  Description: item.description,
  CreatedAt: time(item.created),
  LastUsedAt: time(item.lastUsed),
  Size: item.sizeBytes,
  InUse: item.inUse,
  Shared: item.shared
})

/** What each kind keeps: of a step the components of its key, which files it read, its layer and where it came from. */
const details = (item: CacheItems.CachedThing) => {
  switch (item.type) {
    case "exec.cachemount":
      return { ...item.mount.record.identity, Copy: item.mount.record.copy, Mountpoint: item.mount.path }
    case "imported":
      return { From: item.from.content.source, Layers: item.from.content.carried }
    case "regular": {
      const step = StepRecord.parse(item.record.detail)
      return {
        Key: item.record.key,
        Instruction: step?.keyword,
        Components: step?.key.components.map(({ kind, name, value, note }) => ({
          Kind: kind,
          ...(name !== "" && { Name: name }),
          Value: value,
          ...(note !== "" && { Note: note })
        })),
        Files: step === undefined ? undefined : filesOf(step),
        From: item.record.from ?? "this store",
        ImageID: item.record.imageId,
        Layer: item.image?.record.layers.at(-1),
        ChainID: item.image && CacheItems.topOf(item.image),
        Available: item.image !== undefined
      }
    }
  }
}

const filesOf = ({ files }: StepRecord.StepRecord) =>
  Object.fromEntries(
    Object.entries(files).map(([name, entries]) => [
      name,
      entries.map(({ path, type, mode, content, owner }) => ({
        Path: path === "" ? "/" : path,
        Type: type,
        Mode: mode.toString(8).padStart(4, "0"),
        ...(content !== "" && { Content: content }),
        ...(owner !== "" && { Owner: owner })
      }))
    ])
  )

/** Everything about the one item whose id begins so. */
export const inspectCache = (id: string) =>
  Effect.gen(function* () {
    const wanted = id.replace(/^sha256:/, "")
    const found = (yield* CacheItems.list).filter((item) => item.id.startsWith(wanted))
    const item = found.find((one) => one.id === wanted) ?? found[0]
    if (wanted === "" || item === undefined)
      return yield* new EngineError({ reason: "Missing", message: `No such build cache: ${id}` })
    if (found.length > 1 && item.id !== wanted)
      return yield* invalid(`${id} is the beginning of ${found.length} ids of the build cache`)
    return { ...common(item), ...details(item) }
  })
