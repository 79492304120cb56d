import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { StoreError } from "../store/StoreError.js"
import type { OpenArchive } from "./Archives.js"

/** An image layout that is written to. */
export interface LayoutWriter {
  /** True where the blob is there with that size. */
  readonly has: (blob: Pick<Descriptor, "digest" | "size">) => Effect.Effect<boolean, StoreError>
  /** Writes a blob; it is seen only whole and with its digest and size, and survives a power cut once it is listed. `Corrupt` where the bytes are others. */
  readonly put: <E>(
    blob: Pick<Descriptor, "digest" | "size">,
    bytes: Stream.Stream<Uint8Array, E>
  ) => Effect.Effect<void, E | StoreError>
  /**
   * Lists a manifest in the layout's index. Under a tag, it takes the place of what had the tag; without one, of an entry for the
   * same manifest. Writers of one layout wait for each other.
   */
  readonly list: (manifest: Descriptor, tag: string | undefined) => Effect.Effect<void, StoreError>
}

/** OCI image layouts in directories of the user's. Source: image-spec, image-layout.md. */
export class ImageLayouts extends Context.Tag("kasane/edge/archive/ImageLayouts")<
  ImageLayouts,
  {
    /** The files of a layout. `Missing` where the directory is none. */
    readonly open: (directory: string) => Effect.Effect<OpenArchive, StoreError>
    /** A layout to write to, made if need be; what is in it stays. */
    readonly writer: (directory: string) => Effect.Effect<LayoutWriter, StoreError>
  }
>() {}
