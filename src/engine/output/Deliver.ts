import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Digest } from "../../core/oci/Digest.js"
import * as Reference from "../../core/oci/Reference.js"
import * as Statement from "../../core/output/attest/Statement.js"
import type { BuiltResult } from "../../core/output/Metadata.js"
import type { Compression, OutputSpec } from "../../core/output/OutputSpec.js"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { Lease } from "../../edge/store/StoreLock.js"
import { BuildFailure, type BuildRequest, failure } from "../build/BuildRequest.js"
import * as Assembled from "./Assembled.js"
import type { BuiltImage } from "./BuiltImage.js"
import * as FinalImage from "./FinalImage.js"
import * as StoreOutput from "./StoreOutput.js"

/** What a build is told by, and what its metadata says. */
export interface Delivered {
  /** The image's id; of several images the digest of their index. */
  readonly id: Digest
  readonly result: BuiltResult
}

const gzip: Compression = { type: "gzip", level: undefined, force: false }
const uncompressed: Compression = { type: "uncompressed", level: undefined, force: false }

type ImageSpec = Extract<OutputSpec, { readonly _tag: "Image" | "Archive" }>

/** How layers travel when nothing was said: compressed, unless one image only stays in the store and may be pushed later. */
const usualCompression = (spec: ImageSpec, hasIndex: boolean): Compression =>
  spec._tag === "Archive" || spec.push || hasIndex ? gzip : uncompressed

const isAttested = ({ outputs: { attest } }: BuildRequest): boolean =>
  attest.sbom || attest.provenance !== undefined

const assemblyOf = (request: BuildRequest, spec: ImageSpec, count: number): Assembled.Assembly => {
  const { outputs, names } = request
  const isDocker = spec._tag === "Archive" && spec.format === "docker"
  const annotations = [...outputs.annotations, ...spec.annotations]
  const isOci = spec.ociMediaTypes ?? (!isDocker || annotations.length > 0)
  return {
    annotations,
    family: isOci ? "oci" : "docker",
    compression: spec.compression ?? usualCompression(spec, count > 1 || isAttested(request)),
    names: spec.names ?? names,
    asArtifact: spec.ociArtifact
  }
}

const finishingOf = ({ outputs }: BuildRequest, spec: ImageSpec, built: BuiltImage): FinalImage.Finishing => {
  const epoch = spec.sourceDateEpoch ?? built.epoch
  return { squash: outputs.squash, epoch, rewritesLayers: spec.rewriteTimestamp ?? epoch !== undefined }
}

const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

const exported = ({ report }: BuildRequest, format: string, destination: string): Effect.Effect<void> =>
  report(
    BuildEvent.Exported({ text: `${format} to ${destination === "-" ? "standard output" : destination}` })
  )

const deliverImage = (request: BuildRequest, spec: ImageSpec, assembled: Assembled.Assembled) =>
  Effect.gen(function* () {
    const { outputs, report } = request
    const names = spec.names ?? request.names
    if (spec._tag === "Archive") {
      const { write } = yield* Effect.promise(() => import("./ArchiveOutput.js"))
      yield* write(spec, assembled, names, outputs)
      return yield* exported(request, spec.format, spec.destination)
    }
    if (spec.store) {
      yield* StoreOutput.keep(request, assembled, names)
      yield* Effect.forEach(names, (name) => report(BuildEvent.Tagged({ name: familiar(name) })), {
        discard: true
      })
    }
    if (!spec.push) return
    const { push } = yield* Effect.promise(() => import("./PushOutput.js"))
    yield* push(assembled, names, spec.pushByDigest, outputs)
    yield* Effect.forEach(
      names,
      (name) => report(BuildEvent.Exported({ text: `${assembled.top.digest} to ${familiar(name)}` })),
      { discard: true }
    )
  })

/** A build's own failures stay; the others are told by it. */
export const told = <A, R>(
  work: Effect.Effect<A, BuildFailure | { readonly message: string }, R>
): Effect.Effect<A, BuildFailure, R> =>
  Effect.mapError(work, (error) => (error instanceof BuildFailure ? error : failure(error.message, error)))

/** Brings what was built to where it was asked for, one output after the other. */
export const deliver = (request: BuildRequest, built: ReadonlyArray<BuiltImage>, lease: Lease) =>
  Effect.gen(function* () {
    const assembledFor = (spec: ImageSpec) =>
      Effect.gen(function* () {
        const finals = yield* Effect.forEach(built, (one) =>
          FinalImage.finish(one, finishingOf(request, spec, one))
        )
        const assembled = yield* Assembled.assemble(request, finals, assemblyOf(request, spec, built.length))
        yield* lease.hold(assembled.content)
        return assembled
      })
    const specs = request.outputs.specs
    const images = specs.filter((spec) => spec._tag === "Image" || spec._tag === "Archive")
    const [first = storeOnly] = images
    const main = yield* assembledFor(first)
    const [only, ...others] = main.images
    // Attestations make an index of one image, which is told by the image's id all the same.
    const id = only !== undefined && others.length === 0 ? only.final.id : main.top.digest
    yield* request.report(BuildEvent.Built({ image: id }))
    for (const spec of specs) {
      if (spec._tag === "CacheOnly") continue
      if (spec._tag === "Files") {
        const { write } = yield* Effect.promise(() => import("./FilesOutput.js"))
        yield* write(request, spec, built, spec.sourceDateEpoch ?? built[0]?.epoch)
        yield* exported(request, spec.format, spec.destination)
      } else yield* deliverImage(request, spec, spec === first ? main : yield* assembledFor(spec))
    }
    const delivered: Delivered = {
      id,
      result: {
        descriptor: images.length === 0 ? undefined : main.descriptor,
        config: images.length === 0 || others.length > 0 ? undefined : only?.final.id,
        names: images.length === 0 ? [] : (first.names ?? request.names),
        provenance: main.images.flatMap(({ final, attestations }) =>
          attestations
            .filter(({ predicate }) => predicate.type !== Statement.spdx)
            .map(({ predicate }) => [final.platform, predicate.content] as const)
        )
      }
    }
    return delivered
  }).pipe(told)

/** What an image is like that no output asks for: it has an id all the same. */
const storeOnly: ImageSpec = {
  _tag: "Image",
  names: undefined,
  compression: uncompressed,
  ociMediaTypes: undefined,
  ociArtifact: false,
  annotations: [],
  sourceDateEpoch: undefined,
  rewriteTimestamp: false,
  push: false,
  pushByDigest: false,
  store: true
}
