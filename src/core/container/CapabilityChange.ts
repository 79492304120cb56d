import * as Either from "effect/Either"
import * as Capability from "./Capability.js"
import { type InvalidOption, setting } from "./InvalidOption.js"

/** --cap-add, --cap-drop and --privileged together. */
export interface CapabilityChange {
  readonly add: ReadonlyArray<string>
  readonly drop: ReadonlyArray<string>
  readonly privileged: boolean
}

const isCapability = (name: string): name is Capability.Capability =>
  Capability.names.some((known) => known === name)

/** Names with or without CAP_, in any case, or ALL. Unknown ones and those the host cannot give are errors. */
const normalise = (
  texts: ReadonlyArray<string>,
  available: ReadonlyArray<Capability.Capability>,
  flag: string,
  field: string
): Either.Either<ReadonlyArray<Capability.Capability | "ALL">, InvalidOption> =>
  Either.all(
    texts.map((text): Either.Either<Capability.Capability | "ALL", InvalidOption> => {
      const upper = text.toUpperCase()
      const name = upper.replace(/^CAP_/, "")
      if (upper === "ALL") return Either.right("ALL")
      const shown = JSON.stringify(`CAP_${name}`)
      if (!isCapability(name)) {
        return Either.left(setting(flag, `invalid ${field}: unknown capability: ${shown}`))
      }
      if (field === "CapAdd" && !available.includes(name)) {
        const cause = "capability not supported by your kernel or not available in the current environment"
        return Either.left(setting(flag, `invalid ${field}: ${cause}: ${shown}`))
      }
      return Either.right(name)
    })
  )

/**
 * The capabilities of a container's root, by number. `available` are those in the engine's own bounding set: Docker's
 * defaults beyond them are left out, as no process can have them. Source: moby, oci/caps, TweakCapabilities.
 */
export const apply = (
  change: CapabilityChange,
  available: ReadonlyArray<Capability.Capability>
): Either.Either<ReadonlyArray<Capability.Capability>, InvalidOption> =>
  Either.gen(function* () {
    const add = yield* normalise(change.add, available, "--cap-add", "CapAdd")
    const drop = yield* normalise(change.drop, available, "--cap-drop", "CapDrop")
    const base =
      change.privileged || add.includes("ALL")
        ? Capability.names
        : drop.includes("ALL")
          ? []
          : Capability.dockerDefault
    const dropped = change.privileged ? [] : drop
    // An added capability outlives "drop ALL", and a drop by name wins only over the base.
    const kept = new Set<Capability.Capability | "ALL">(base.filter((name) => !dropped.includes(name)))
    if (!add.includes("ALL")) for (const name of add) kept.add(name)
    return available.filter((name) => kept.has(name))
  })
