import * as fs from "node:fs"
import * as Digests from "../../core/oci/Digest.js"
import * as FileSystemPath from "../archive/FileSystemPath.js"

const readBytes = 1024 * 1024

/** The digest of a file of a result. Throws Node's errors. */
export const ofFile = (place: string): Digests.Digest => {
  const hash = Digests.hasher()
  const fd = fs.openSync(FileSystemPath.of(place), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
  try {
    const chunk = Buffer.allocUnsafe(readBytes)
    for (let count = fs.readSync(fd, chunk); count > 0; count = fs.readSync(fd, chunk))
      hash.update(chunk.subarray(0, count))
    return hash.digest()
  } finally {
    fs.closeSync(fd)
  }
}
