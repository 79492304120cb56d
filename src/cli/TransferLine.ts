import type { ProgressLine } from "../core/display/Progress.js"
import * as Digest from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import { CopyEvent } from "../core/registry/CopyEvent.js"
import { PullEvent } from "../core/registry/PullEvent.js"
import { PushEvent } from "../core/registry/PushEvent.js"

/**
 * One line about a pull or a push, in Docker's words. `isPassing`: it says how far something is, and is shown only where it can
 * be drawn over.
 */
export interface TransferLine extends ProgressLine {
  readonly isPassing: boolean
}

const plain = (action: string): TransferLine => ({ id: "", action, isPassing: false })

/** What a name without a tag means. */
export const defaultTag = plain(`Using default tag: ${Reference.defaultTag}`)

export const digest = (digest: Digest.Digest): TransferLine => plain(`Digest: ${digest}`)

const ofLayer = (layer: Digest.Digest, action: string): TransferLine => ({
  id: Digest.short(layer),
  action,
  isPassing: false
})

const passing = (
  layer: Digest.Digest,
  action: string,
  bytes: { readonly current_bytes?: number; readonly total_bytes?: number | undefined } = {}
): TransferLine => ({ ...ofLayer(layer, action), ...bytes, isPassing: true })

/** `latest: Pulling from library/busybox`; a digest is told with its repository. */
const began = (reference: Reference.Reference): string =>
  `${reference.digest === undefined ? reference.tag : Reference.print(reference)}: Pulling from ${reference.path}`

export const ofPull: (event: PullEvent) => TransferLine = PullEvent.$match({
  Began: ({ reference }) => plain(began(reference)),
  LayerQueued: ({ layer }) => ofLayer(layer, "Pulling fs layer"),
  LayerPresent: ({ layer }) => ofLayer(layer, "Already exists"),
  LayerWaiting: ({ layer }) => ofLayer(layer, "Waiting"),
  LayerDownloading: ({ layer, ...bytes }) => passing(layer, "Downloading", bytes),
  LayerVerifying: ({ layer }) => ofLayer(layer, "Verifying Checksum"),
  LayerDownloaded: ({ layer }) => ofLayer(layer, "Download complete"),
  LayerExtracting: ({ layer }) => passing(layer, "Extracting"),
  LayerDone: ({ layer }) => ofLayer(layer, "Pull complete"),
  Resolved: (event) => digest(event.digest),
  Done: ({ isNew, reference }) =>
    plain(
      isNew
        ? `Status: Downloaded newer image for ${Reference.familiar(reference)}`
        : `Status: Image is up to date for ${Reference.familiar(reference)}`
    )
})

export const ofPush: (event: PushEvent) => TransferLine = PushEvent.$match({
  Began: ({ reference }) => plain(`The push refers to repository [${Reference.repository(reference)}]`),
  LayerPreparing: ({ layer }) => ofLayer(layer, "Preparing"),
  LayerWaiting: ({ layer }) => ofLayer(layer, "Waiting"),
  LayerPushing: ({ layer, ...bytes }) => passing(layer, "Pushing", bytes),
  LayerPushed: ({ layer }) => ofLayer(layer, "Pushed"),
  LayerPresent: ({ layer }) => ofLayer(layer, "Layer already exists"),
  LayerMounted: ({ from, layer }) => ofLayer(layer, `Mounted from ${from}`),
  Done: ({ digest, reference, size_bytes }) =>
    plain(`${reference.tag}: digest: ${digest} size: ${size_bytes}`)
})

export const ofCopy: (event: CopyEvent) => TransferLine = CopyEvent.$match({
  BlobCopying: ({ blob, ...bytes }) => passing(blob, "Copying", bytes),
  BlobPresent: ({ blob }) => ofLayer(blob, "Already exists"),
  BlobMounted: ({ blob, from }) => ofLayer(blob, `Mounted from ${from}`),
  BlobCopied: ({ blob }) => ofLayer(blob, "Copied"),
  ManifestCopied: ({ manifest }) => ofLayer(manifest, "Manifest copied")
})
