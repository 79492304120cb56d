import * as Effect from "effect/Effect"
import type { Flags } from "../core/container/Flags.js"
import * as FlagValues from "../core/container/Flags.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { invalid } from "./EngineError.js"

/**
 * The flags with every --volumes-from written out: the other container's volumes by name and its binds, as -v flags, but for
 * targets that the flags have already.
 */
export const expand = (flags: Flags) =>
  Effect.gen(function* () {
    const sources = FlagValues.all(flags, "volumes-from")
    if (sources.length === 0) return flags
    const store = yield* ContainerStore
    const added: Array<string> = []
    for (const source of sources) {
      const [name = "", mode] = source.split(":")
      if (mode !== undefined && mode !== "ro" && mode !== "rw" && mode !== "z" && mode !== "Z")
        return yield* invalid(`invalid mode: ${mode}`)
      const { record } = yield* store.resolve(name)
      const options = yield* ContainerRequest.options(record)
      const { volumes } = yield* ContainerRequest.kept(record)
      const suffix = mode === "ro" ? ":ro" : ""
      for (const [target, volume] of Object.entries(volumes)) added.push(`${volume.name}:${target}${suffix}`)
      for (const mount of options.mounts) {
        if (mount._tag === "Bind")
          added.push(`${mount.source}:${mount.target}${mount.readonly ? ":ro" : suffix}`)
      }
    }
    const own = FlagValues.all(flags, "volume")
    const taken = new Set(own.map((text) => text.split(":")[1] ?? text))
    const { "volumes-from": _done, ...rest } = flags
    return { ...rest, volume: [...own, ...added.filter((text) => !taken.has(text.split(":")[1] ?? ""))] }
  })
