import * as fs from "node:fs"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as FileSystemPath from "./FileSystemPath.js"

type Identity = "root" | "mapped"

/** Overlay's own marks would be obeyed: an archive says the same with names. */
export const isOverlays = (name: string): boolean =>
  name.startsWith("trusted.overlay.") || name.startsWith("user.overlay.")

/** Attributes of the trusted namespace need the real root. */
const isRefused = (name: string, identity: Identity): boolean =>
  isOverlays(name) || (identity === "mapped" && name.startsWith("trusted."))

const isTolerable = (error: unknown, name: string, identity: Identity): boolean => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "ENOTSUP" || (identity === "mapped" && code === "EPERM" && name.startsWith("security."))
}

const setXattrs = (path: string, entry: TarEntry, identity: Identity): void => {
  for (const [name, value] of entry.xattrs ?? []) {
    if (isRefused(name, identity)) continue
    try {
      ExtendedAttributes.set(FileSystemPath.of(path), name, value)
    } catch (error) {
      if (!isTolerable(error, name, identity)) throw error
    }
  }
}

/** Node takes a time before 1970 for now. */
export const time = (entry: TarEntry): number => Math.max(0, entry.mtimeSeconds)

const isOurs = (entry: TarEntry): boolean => entry.uid === 0 && entry.gid === 0

/** Changing the owner clears setuid, setgid and file capabilities: so owner first, then attributes, then mode. */
export const ofFile = (fd: number, path: string, entry: TarEntry, identity: Identity): void => {
  if (!isOurs(entry)) fs.fchownSync(fd, entry.uid, entry.gid)
  if (entry.xattrs !== undefined) setXattrs(path, entry, identity)
  fs.fchmodSync(fd, entry.mode)
  fs.futimesSync(fd, time(entry), time(entry))
}

/** All but its times, which what is put into it would change. */
export const ofDirectory = (path: string, entry: TarEntry, identity: Identity): void => {
  const target = FileSystemPath.of(path)
  if (!isOurs(entry)) fs.lchownSync(target, entry.uid, entry.gid)
  setXattrs(path, entry, identity)
  fs.chmodSync(target, entry.mode)
}

export const ofSymlink = (path: string, entry: TarEntry, identity: Identity): void => {
  const target = FileSystemPath.of(path)
  if (!isOurs(entry)) fs.lchownSync(target, entry.uid, entry.gid)
  setXattrs(path, entry, identity)
  fs.lutimesSync(target, time(entry), time(entry))
}

/** Of fifos and devices: just made, so that no link is followed. */
export const ofSpecial = (path: string, entry: TarEntry, identity: Identity): void => {
  const target = FileSystemPath.of(path)
  if (!isOurs(entry)) fs.lchownSync(target, entry.uid, entry.gid)
  setXattrs(path, entry, identity)
  fs.chmodSync(target, entry.mode)
  fs.lutimesSync(target, time(entry), time(entry))
}

/** An overlay mark that is on: `y`. Source: the kernel's overlayfs.rst. */
export const setMark = (path: string, name: string): void =>
  ExtendedAttributes.set(FileSystemPath.of(path), name, Buffer.from("y"))
