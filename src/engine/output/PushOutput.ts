import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Reference from "../../core/oci/Reference.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import { failure } from "../build/BuildRequest.js"
import * as Gathered from "../copy/Gathered.js"
import * as Targets from "../copy/Targets.js"
import type * as Assembled from "./Assembled.js"
import * as AssembledSource from "./AssembledSource.js"
import type { OutputRequest } from "./OutputRequest.js"

const parsed = (name: string) =>
  Either.mapLeft(Reference.parse(name), (error) => failure(error.message, error))

/** Brings an assembled image to its registries, digest by digest, and notes where it is. */
export const push = (
  assembled: Assembled.Assembled,
  names: ReadonlyArray<string>,
  byDigest: boolean,
  { registry, transfer }: Pick<OutputRequest, "registry" | "transfer">
) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    if (names.length === 0) return yield* failure("tag is needed when pushing to registry")
    for (const name of names) {
      const reference = yield* parsed(name)
      const gathered = yield* Gathered.gather(yield* AssembledSource.source(assembled, name), { _tag: "All" })
      const target = byDigest ? assembled.top.digest : Reference.target(reference)
      const digest = yield* registry(Targets.registryAs(gathered, reference, target, true, transfer))
      const [only] = assembled.images
      if (
        only !== undefined &&
        assembled.top._tag === "Image" &&
        Option.isSome(yield* images.get(only.final.id))
      )
        yield* images.put({
          manifest: only.manifest.bytes,
          manifestMediaType: only.manifest.mediaType,
          config: only.final.bytes,
          repoDigests: [`${Reference.repository(reference)}@${digest}`]
        })
    }
  })
