import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as BuildError from "./BuildError.js"
import type { TreeEntry } from "./SourceTree.js"

const chunkBytes = 1 << 20
const buffer = Buffer.allocUnsafeSlow(chunkBytes)

/**
 * The digest of a regular file: its content, and its extended attributes where it has some. `entry` is what was found
 * before: if another file is there by now, the build fails instead of reading that one.
 */
export const ofFile = (hostPath: string, shown: string, entry: TreeEntry): string => {
  const flags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK
  const input = fs.openSync(hostPath, flags)
  try {
    const opened = fs.fstatSync(input)
    if (opened.ino !== entry.inode || opened.dev !== entry.device || !opened.isFile())
      throw BuildError.make("context", `/${shown} was replaced while the build read it`)
    const hash = crypto.createHash("sha256")
    for (let size = fs.readSync(input, buffer); size > 0; size = fs.readSync(input, buffer))
      hash.update(size === chunkBytes ? buffer : buffer.subarray(0, size))
    attributes(hostPath, hash)
    return hash.digest("hex")
  } finally {
    fs.closeSync(input)
  }
}

/** Attributes that a copy takes along change the digest; a file without any has the plain digest of its content. */
const attributes = (hostPath: string, hash: crypto.Hash): void => {
  const value = ExtendedAttributes.get(hostPath, capability)
  if (value !== undefined) hash.update(`\0${capability}\0`).update(value)
}

/** The one attribute that steps copy: others are this host's business, and Docker's layers do not have them either. */
export const capability = "security.capability"
