import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Reference from "../../core/oci/Reference.js"
import * as NamedContext from "../../core/plan/NamedContext.js"
import { TreeSource } from "../../edge/build/BuildContext.js"
import type { GitAccess } from "../../edge/build/GitProgram.js"
import { type BuildFailure, failure } from "../../engine/build/BuildRequest.js"
import { placeOf } from "./ContextArgument.js"

export interface NamedContexts {
  readonly meanings: NamedContext.NamedContexts
  /** Of those that are files. */
  readonly trees: ReadonlyMap<string, TreeSource>
}

const image = "docker-image://"
const layout = "oci-layout://"

/** An image's reference; undefined for what is no image. */
const meaningOf = (value: string): Effect.Effect<NamedContext.NamedContext | undefined, BuildFailure> => {
  if (value.startsWith(layout))
    return Effect.succeed(
      NamedContext.NamedContext.Image({ reference: `${layout}${path.resolve(value.slice(layout.length))}` })
    )
  if (!value.startsWith(image)) return Effect.succeed(undefined)
  const name = value.slice(image.length)
  if (name === "scratch") return Effect.succeed(NamedContext.NamedContext.Scratch())
  return Either.match(Reference.parse(name), {
    onLeft: (error) => failure(`invalid build context ${value}: ${error.message}`),
    onRight: (reference) =>
      Effect.succeed(
        NamedContext.NamedContext.Image({ reference: Reference.print(Reference.withDefaultTag(reference)) })
      )
  })
}

/** What `--build-context name=value` says; of one name the last counts. */
export const read = (
  texts: ReadonlyArray<string>,
  access: GitAccess
): Effect.Effect<NamedContexts, BuildFailure> =>
  Effect.gen(function* () {
    const meanings = new Map<string, NamedContext.NamedContext>()
    const trees = new Map<string, TreeSource>()
    for (const text of texts) {
      const at = text.indexOf("=")
      if (at <= 0 || at === text.length - 1)
        return yield* failure(`invalid context value: ${text}, expected key=value`)
      const name = NamedContext.canonical(text.slice(0, at))
      const value = text.slice(at + 1)
      const meaning = yield* meaningOf(value)
      meanings.set(name, meaning ?? NamedContext.NamedContext.Files())
      if (meaning !== undefined) continue
      const place = yield* placeOf(value)
      trees.set(name, place._tag === "Git" ? TreeSource.Git({ ...place, access }) : place)
    }
    return { meanings, trees }
  })
