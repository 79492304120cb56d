import type * as fs from "node:fs"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as FileSystemPath from "./FileSystemPath.js"

/** The halves of a device number as stat gives it. Source: makedev(3). */
export const deviceNumbers = (rdev: number): { readonly major: number; readonly minor: number } => {
  const number = BigInt(rdev)
  return {
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n))
  }
}

/** A name that overlay shows as absent: a character device 0:0. Source: the kernel's overlayfs.rst. */
export const isWhiteout = (stat: fs.Stats): boolean => stat.isCharacterDevice() && stat.rdev === 0

const namespaces = ["trusted.overlay", "user.overlay"] as const

/** A directory whose lower namesakes overlay does not show. */
export const isOpaque = (directory: string): boolean => {
  const path = FileSystemPath.of(directory)
  const names = ExtendedAttributes.list(path)
  return namespaces.some((prefix) => {
    if (!names.includes(`${prefix}.opaque`)) return false
    return Buffer.from(ExtendedAttributes.get(path, `${prefix}.opaque`) ?? []).toString() === "y"
  })
}

/** A directory whose lower contents are under another name: then its own contents do not say what it holds. */
export const isRedirected = (directory: string): boolean => {
  const names = ExtendedAttributes.list(FileSystemPath.of(directory))
  return namespaces.some((prefix) => names.includes(`${prefix}.redirect`))
}
