import type { Propagation } from "./Mount.js"

interface Common {
  /** As in the container, clean and absolute. */
  readonly target: string
  readonly readonly: boolean
  /** The flag as it was written, for the reason of the mount; `VOLUME` for the image's own. */
  readonly flag: string
}

/** A host path, before anyone looked whether it exists. */
export interface BindRequest extends Common {
  readonly _tag: "Bind"
  readonly source: string
  /** `undefined` when not asked for: then `rprivate`. */
  readonly propagation: Propagation | undefined
  readonly recursive: boolean
  readonly recursiveReadonly: "disabled" | "if-possible" | "required"
  /** -v makes a missing source directory, --mount refuses unless bind-create-src. */
  readonly createSource: boolean
}

/** A volume, named or (name undefined) anonymous. */
export interface VolumeRequest extends Common {
  readonly _tag: "Volume"
  readonly name: string | undefined
  readonly driver: string
  readonly driverOptions: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  /** Directory inside the volume to show. */
  readonly subpath: string | undefined
  /** Do not fill an empty volume with what the image has at the target. */
  readonly noCopy: boolean
}

/** A tmpfs; `options` are mount options as written (`size=64m,noexec`). */
export interface TmpfsRequest extends Common {
  readonly _tag: "Tmpfs"
  readonly options: ReadonlyArray<string>
}

/** Another image's root file system, read-only. */
export interface ImageRequest extends Common {
  readonly _tag: "Image"
  readonly image: string
  readonly subpath: string | undefined
}

/** What -v, --mount, --tmpfs and the image's VOLUME ask for. */
export type MountRequest = BindRequest | VolumeRequest | TmpfsRequest | ImageRequest
