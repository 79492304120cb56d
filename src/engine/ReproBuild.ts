import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Platform from "../core/oci/Platform.js"
import type { Reproduction } from "../core/output/repro/Reproduction.js"
import { BuildEvent } from "../core/plan/BuildEvent.js"
import { BuildContext, type OpenContext } from "../edge/build/BuildContext.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import * as Build from "./Build.js"
import * as BaseImages from "./build/BaseImages.js"
import { type BuildFailure, type BuildRequest, failure } from "./build/BuildRequest.js"
import * as NamedTrees from "./build/NamedTrees.js"
import type { BuiltImage } from "./output/BuiltImage.js"
import * as Dated from "./output/Dated.js"
import * as Deliver from "./output/Deliver.js"
import * as FinalImage from "./output/FinalImage.js"
import * as Locate from "./output/Locate.js"

/** What building twice has shown; `file` is the Dockerfile's name. */
export interface Reproductions {
  readonly file: string
  readonly results: ReadonlyArray<Reproduction>
}

const hostNames = ["kasane-build-one", "kasane-build-two"] as const
const daySeconds = 86_400
/** Clocks that count in seconds tell the two builds apart then. */
const apartMillis = 1_100

/** The same files, a day younger and read in the opposite order. */
const otherwise = (context: OpenContext): OpenContext => {
  const { tree } = context
  return {
    ...context,
    tree: {
      ...tree,
      entry: (path) => {
        const entry = tree.entry(path)
        return entry === undefined ? undefined : { ...entry, modified: entry.modified + daySeconds }
      },
      names: (path) => [...tree.names(path)].reverse(),
      save: () => {}
    }
  }
}

const under = (request: BuildRequest, hostName: string): BuildRequest => {
  const { exchange: _, ...alone } = request
  const { options } = request
  return {
    ...alone,
    cache: "ignore",
    options: { ...options, buildArgs: { ...options.buildArgs, BUILDKIT_SANDBOX_HOSTNAME: hostName } }
  }
}

const finished = (built: BuiltImage) =>
  FinalImage.finish(built, {
    squash: false,
    epoch: built.epoch,
    rewritesLayers: built.epoch !== undefined
  })

const compared = (one: BuiltImage, other: BuiltImage) =>
  Effect.gen(function* () {
    const first = yield* finished(one)
    const second = yield* finished(other)
    const isSame = first.id === second.id
    const result: Reproduction = {
      platform: Platform.print(one.platform),
      first: first.id,
      second: second.id,
      difference: isSame ? undefined : yield* Locate.difference({ first, second, hostNames }),
      suspects: isSame ? yield* Dated.suspects(one) : []
    }
    return result
  })

/**
 * Builds twice without a cache, the second time at another time, under another host name, with other pids, of files with other times and
 * directories in another order, and one step at a time, and says where the results come apart. Nothing is named or written.
 */
export const reproduce = (
  request: BuildRequest
): Effect.Effect<Reproductions, BuildFailure, Build.BuildServices> =>
  Effect.scoped(
    Effect.gen(function* () {
      const context = yield* Effect.mapError((yield* BuildContext).open(request.source), (error) =>
        failure(error.message, error)
      )
      yield* request.report(BuildEvent.ContextSent({ bytes: context.sentBytes }))
      const lease = yield* Effect.mapError((yield* StoreLock).lease([]), BaseImages.told)
      const named = yield* NamedTrees.make(request)
      const began = yield* Clock.currentTimeMillis
      const first = yield* Build.images(under(request, hostNames[0]), context, named, lease)
      const spent = (yield* Clock.currentTimeMillis) - began
      yield* Effect.sleep(Math.max(0, apartMillis - spent))
      yield* request.report(BuildEvent.Warning({ text: "Building again" }))
      const again = { ...under(request, hostNames[1]), parallelism: 1, isPerturbed: true }
      const second = yield* Build.images(again, otherwise(context), named, lease)
      const pairs = first.flatMap(({ image }, at) => {
        const twin = second[at]
        return twin === undefined ? [] : [[image, twin.image] as const]
      })
      const results = yield* Effect.forEach(pairs, ([one, other]) => Deliver.told(compared(one, other)))
      return { file: context.dockerfileName, results }
    })
  )
