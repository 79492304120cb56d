import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as BuildError from "./BuildError.js"
import { capabilityName } from "./RootTree.js"
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
    return hashed(hash, ExtendedAttributes.get(hostPath, capabilityName)).digest("hex")
  } finally {
    fs.closeSync(input)
  }
}

/** The same for content that is at hand. */
export const ofContent = (content: Uint8Array, capability: Uint8Array | undefined): string =>
  hashed(crypto.createHash("sha256").update(content), capability).digest("hex")

/** Attributes that a copy takes along change the digest; a file without any has the plain digest of its content. */
const hashed = (hash: crypto.Hash, capability: Uint8Array | undefined): crypto.Hash =>
  capability === undefined ? hash : hash.update(`\0${capabilityName}\0`).update(capability)
