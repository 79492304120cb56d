import * as Effect from "effect/Effect"
import * as ContainerName from "../core/container/ContainerName.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { invalid } from "./EngineError.js"

/** Gives a container another name. */
export const rename = (container: StoredContainer, to: string) =>
  Effect.gen(function* () {
    const name = ContainerName.withoutSlash(to)
    if (to === "") return yield* invalid("Neither old nor new names may be empty")
    if (name === container.record.name)
      return yield* invalid("Renaming a container with the same name as its current name")
    const fault = ContainerName.fault(name)
    if (fault !== undefined) return yield* invalid(fault)
    yield* (yield* ContainerStore).rename(container.record.id, name)
  })
