import * as fs from "node:fs"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as FileSystemPath from "../../../src/edge/archive/FileSystemPath.js"
import { namesIn } from "../../../src/edge/archive/TreePacker.js"
import * as ExtendedAttributes from "../../../src/edge/linux/ExtendedAttributes.js"

/** What can be seen of a name in a tree. */
export interface Seen {
  readonly type: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: number
  readonly content: string
  readonly device: number
  readonly xattrs: Readonly<Record<string, string>>
  /** The first name of a file with several. */
  readonly linkedTo: string | undefined
}

/** A tree by paths: everything that two equal trees have in common. */
export const take = (root: string): Readonly<Record<string, Seen>> => {
  const seen: Record<string, Seen> = {}
  const first = new Map<number, string>()
  const walk = (path: string): void => {
    for (const name of namesIn(`${root}/${path}`)) {
      const at = `${path}${name}`
      const target = FileSystemPath.of(`${root}/${at}`)
      const stat = fs.lstatSync(target)
      seen[at] = {
        type: stat.mode & fs.constants.S_IFMT,
        mode: stat.mode & 0o7777,
        uid: stat.uid,
        gid: stat.gid,
        mtime: Math.floor(stat.mtimeMs / 1000),
        content: contentOf(target, stat),
        device: stat.isCharacterDevice() || stat.isBlockDevice() ? stat.rdev : 0,
        xattrs: Object.fromEntries(
          ExtendedAttributes.list(target).map((each) => [
            each,
            Buffer.from(ExtendedAttributes.get(target, each) ?? []).toString("hex")
          ])
        ),
        linkedTo: stat.isDirectory() || stat.nlink === 1 ? undefined : (first.get(stat.ino) ?? at)
      }
      if (!first.has(stat.ino)) first.set(stat.ino, at)
      if (stat.isDirectory()) walk(`${at}/`)
    }
  }
  walk("")
  return seen
}

const contentOf = (target: string | Buffer, stat: fs.Stats): string => {
  if (stat.isSymbolicLink()) return fs.readlinkSync(target, "latin1")
  return stat.isFile() ? Digests.ofBytes(fs.readFileSync(target)) : ""
}
