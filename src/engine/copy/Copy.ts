import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ImageLocation } from "../../core/oci/ImageLocation.js"
import * as ImageArchive from "../../core/store/ImageArchive.js"
import { Archives } from "../../edge/archive/Archives.js"
import { ImageLayouts } from "../../edge/archive/ImageLayouts.js"
import { invalid } from "../EngineError.js"
import * as ArchiveTarget from "./ArchiveTarget.js"
import * as DockerArchiveSource from "./DockerArchiveSource.js"
import * as Gathered from "./Gathered.js"
import * as LayoutSource from "./LayoutSource.js"
import * as Sources from "./Sources.js"
import * as StoreTarget from "./StoreTarget.js"
import * as Targets from "./Targets.js"

/** Archives are the user's files, which the command line reads and writes. */
export interface Files<E> {
  readonly read: (path: string) => Stream.Stream<Uint8Array, E>
  /** The file is there whole or not at all. */
  readonly write: <E2, R>(
    path: string,
    bytes: Stream.Stream<Uint8Array, E2, R>
  ) => Effect.Effect<void, E | E2, R>
}

export interface CopyRequest<E> {
  readonly from: ImageLocation
  readonly to: ImageLocation
  readonly selection: Gathered.Selection
  /** Layers travel as they are, even uncompressed ones to a registry. */
  readonly keepsDigests: boolean
  readonly files: Files<E>
}

const sourceOf = <E>({ files, from }: CopyRequest<E>) =>
  Effect.gen(function* () {
    switch (from._tag) {
      case "Registry":
        return yield* Sources.registry(from.reference)
      case "Store":
        return yield* Sources.store(from.image)
      case "Layout":
        return yield* LayoutSource.layout(from.path, yield* (yield* ImageLayouts).open(from.path), from.tag)
      case "OciArchive": {
        const archive = yield* (yield* Archives).open(files.read(from.path))
        if (archive.has(ImageArchive.indexFile))
          return yield* LayoutSource.layout(from.path, archive, from.tag)
        return yield* invalid(
          `${from.path} is no archive of an OCI image layout: it has no ${ImageArchive.indexFile}`
        )
      }
      case "DockerArchive": {
        const archive = yield* (yield* Archives).open(files.read(from.path))
        if (archive.has(ImageArchive.manifestFile)) {
          return yield* DockerArchiveSource.dockerArchive(from.path, archive, from.reference)
        }
        return yield* invalid(
          `${from.path} is no archive of Docker's: it has no ${ImageArchive.manifestFile}`
        )
      }
    }
  })

/**
 * Copies an image, or an index with all its images, from one place to another. Content goes through as it is and is verified;
 * what a destination has is not brought again; what names the image there comes last. Gives the digest that it has there.
 */
export const copy = <E>(request: CopyRequest<E>, emit: Targets.Listener) =>
  Effect.gen(function* () {
    const { files, keepsDigests, selection, to } = request
    const gathered = yield* Gathered.gather(yield* sourceOf(request), selection)
    const { digest } = gathered.top
    switch (to._tag) {
      case "Registry":
        return yield* Targets.registry(gathered, to.reference, keepsDigests, emit)
      case "Store":
        return yield* StoreTarget.store(gathered, to.image, emit)
      case "Layout":
        return yield* Targets.layout(gathered, to.path, to.tag, emit)
      case "OciArchive":
        yield* files.write(to.path, ArchiveTarget.ociArchive(gathered, to.tag, emit))
        return digest
      case "DockerArchive":
        yield* files.write(to.path, ArchiveTarget.dockerArchive(gathered, to.reference, emit))
        return digest
    }
  }).pipe(Effect.scoped)
