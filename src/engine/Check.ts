import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Digests from "../core/oci/Digest.js"
import * as Reachability from "../core/store/Reachability.js"
import { BlobStore } from "../edge/store/BlobStore.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { StoreError } from "../edge/store/StoreError.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"

/** Something in the store that is not as it must be. `message` is ready for the user. */
export interface Problem {
  readonly subject: string
  readonly message: string
}

export interface CheckReport {
  readonly blobs: number
  readonly layers: number
  readonly images: number
  readonly containers: number
  readonly problems: ReadonlyArray<Problem>
}

/** The problem that a look at something has met; none if it went well. */
const problemOf = (look: Effect.Effect<unknown, StoreError>): Effect.Effect<ReadonlyArray<Problem>> =>
  Effect.match(look, {
    onFailure: ({ subject, message }) => [{ subject, message }],
    onSuccess: () => []
  })

/** What a service lists, and the problem where it cannot. */
const listed = <A>(list: Effect.Effect<ReadonlyArray<A>, StoreError>) =>
  Effect.match(list, {
    onFailure: ({ subject, message }) => ({
      found: [] as ReadonlyArray<A>,
      problems: [{ subject, message }]
    }),
    onSuccess: (found) => ({ found, problems: [] as ReadonlyArray<Problem> })
  })

const checkImage = ({ record }: StoredImage) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const blobs = yield* BlobStore
    const layers = yield* LayerStore
    const looks: Array<Effect.Effect<unknown, StoreError>> = [
      images.config(record.id),
      images.manifest(record.id)
    ]
    for (const { blob } of record.layers)
      looks.push(
        Effect.flatMap(blobs.size(blob.digest), (size) =>
          size === blob.size
            ? Effect.void
            : new StoreError({
                reason: "Corrupt",
                subject: blob.digest,
                message: `layer ${blob.digest} of image ${Digests.short(record.id)} is ${size} bytes long instead of ${blob.size}`
              })
        )
      )
    for (const chainId of Reachability.chainsOf(record))
      looks.push(
        Effect.flatMap(
          layers.get(chainId),
          Option.match({
            onNone: () =>
              new StoreError({
                reason: "Missing",
                subject: chainId,
                message: `image ${Digests.short(record.id)} lacks its unpacked layer ${Digests.short(chainId)}: pull or build it again`
              }),
            onSome: () => Effect.void
          })
        )
      )
    return (yield* Effect.forEach(looks, problemOf)).flat()
  })

/**
 * Reads the whole store and compares it with what it says of itself: every blob with its digest, every layer with its record,
 * every image with its manifest, config and layers, every container with its layers. Changes nothing.
 */
export const check = Effect.gen(function* () {
  const blobStore = yield* BlobStore
  const layerStore = yield* LayerStore
  const blobs = yield* listed(blobStore.list)
  const layers = yield* listed(layerStore.list)
  const images = yield* listed((yield* ImageStore).list)
  const containers = yield* listed((yield* ContainerStore).list)
  const volumes = yield* listed((yield* VolumeStore).list)
  const problems: Array<Problem> = [blobs, layers, images, containers, volumes].flatMap(
    (list): ReadonlyArray<Problem> => list.problems
  )
  for (const digest of blobs.found) problems.push(...(yield* problemOf(blobStore.verify(digest))))
  for (const { chainId } of layers.found) problems.push(...(yield* problemOf(layerStore.verify(chainId))))
  for (const image of images.found) problems.push(...(yield* checkImage(image)))
  for (const { record } of containers.found)
    if (record.chainId !== undefined) problems.push(...(yield* problemOf(layerStore.stack(record.chainId))))
  const report: CheckReport = {
    blobs: blobs.found.length,
    layers: layers.found.length,
    images: images.found.length,
    containers: containers.found.length,
    problems: distinct(problems)
  }
  return report
})

const distinct = (problems: ReadonlyArray<Problem>): ReadonlyArray<Problem> => [
  ...new Map(problems.map((problem) => [problem.message, problem])).values()
]
