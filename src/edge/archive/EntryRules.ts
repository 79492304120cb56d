import * as Either from "effect/Either"
import * as EntryPath from "../../core/layer/EntryPath.js"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import * as Whiteout from "../../core/layer/Whiteout.js"
import { ArchiveError, hostile } from "./ArchiveError.js"
import type { ArchiveLimits } from "./ArchiveLimits.js"

/** The largest user or group id: the one above it means "none" to the kernel. */
export const idMax = 2 ** 32 - 2

/** An entry's path below the root, once its path and owner are such as may be. Throws ArchiveError. */
export const pathOf = (entry: TarEntry, { pathBytesMax, depthMax }: ArchiveLimits): string => {
  const path = Either.getOrThrowWith(EntryPath.normalize(entry.path), (why) => hostile(entry.path, why))
  if (path.length > pathBytesMax || path.split("/", depthMax + 1).length > depthMax)
    throw new ArchiveError({
      reason: "TooLarge",
      message: "an archive entry's path is too long or too deep"
    })
  if (entry.uid > idMax || entry.gid > idMax) throw hostile(entry.path, "its owner is not a user or group id")
  if (path === "" && entry.kind !== "directory") throw hostile(entry.path, "the root must stay a directory")
  return path
}

/** What a layer's entry hides by its name. Throws ArchiveError for a name that is reserved. */
export const whiteoutOf = (entry: TarEntry, path: string): Whiteout.Whiteout =>
  Either.getOrThrowWith(Whiteout.ofBaseName(EntryPath.base(path)), (why) => hostile(entry.path, why))

/** What a symbolic link holds. Throws ArchiveError. */
export const symlinkTarget = (entry: TarEntry): string => {
  const holds = entry.linkTarget ?? ""
  if (holds === "" || holds.includes("\0"))
    throw hostile(entry.path, "its link target is empty or holds a zero byte")
  return holds
}

/** The path below the root of a hard link's first name. Throws ArchiveError. */
export const hardlinkTarget = (entry: TarEntry): string =>
  Either.getOrThrowWith(EntryPath.normalize(entry.linkTarget ?? ""), (why) =>
    hostile(entry.path, `of the link's target ${why}`)
  )

export const missingTarget = (entry: TarEntry, target: string): ArchiveError =>
  hostile(
    entry.path,
    `it is a hard link to ${JSON.stringify(target)}, which the archive does not hold before it`
  )

/** A device's numbers. Throws ArchiveError. */
export const deviceOf = (entry: TarEntry): { readonly major: number; readonly minor: number } => {
  const { kind, deviceMajor: major = 0, deviceMinor: minor = 0 } = entry
  if (major > 0xfff || minor > 0xfffff) throw hostile(entry.path, "its device number is out of range")
  // The kernel would take 0:0 for a whiteout, which an archive says with a name instead.
  if (kind === "character" && major === 0 && minor === 0)
    throw hostile(entry.path, "there is no character device 0:0")
  return { major, minor }
}
