import * as Effect from "effect/Effect"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import { find } from "../engine/Find.js"
import type { Failure } from "./Command.js"
import { each } from "./Each.js"

/** Does the work for each of several containers and prints its name, as it was given, when it is done. */
export const eachContainer = <R>(
  names: ReadonlyArray<string>,
  work: (container: StoredContainer) => Effect.Effect<unknown, Failure, R>
) =>
  each(names, (name) =>
    Effect.gen(function* () {
      yield* work(yield* find(name))
      yield* (yield* Terminal).out(`${name}\n`)
    })
  )
