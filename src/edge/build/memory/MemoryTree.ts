import * as PathTree from "../../../core/layer/PathTree.js"
import type { FileNode, FileTree } from "../../store/memory/FileNode.js"
import * as FileDigest from "../FileDigest.js"
import type { DigestedTree } from "../InputReader.js"
import { capabilityName } from "../RootTree.js"
import type { SourceTree, TreeEntry } from "../SourceTree.js"

/** Each file of a tree by number, and how many names it has. */
const numbered = (tree: FileTree): ReadonlyMap<FileNode, { inode: number; links: number }> => {
  const found = new Map<FileNode, { inode: number; links: number }>()
  const walk = ({ data, children }: FileTree): void => {
    const known = found.get(data)
    if (known === undefined) found.set(data, { inode: found.size + 1, links: 1 })
    else known.links += 1
    for (const child of children?.values() ?? []) walk(child)
  }
  walk(tree)
  return found
}

/** The number by which stat tells of a device. Source: makedev(3). */
const deviceNumber = ({ deviceMajor = 0, deviceMinor = 0 }: FileNode): number =>
  ((deviceMajor & 0xfff) << 8) | (deviceMinor & 0xff) | ((deviceMinor >> 8) << 20)

const absent = (path: string): Error & { code: string } =>
  Object.assign(new Error(`ENOENT: no such file or directory, '/${path}'`), { code: "ENOENT" })

/** What is in memory under changing content: `current` is asked each time. Files have one name each, as far as it says. */
export const live = (current: () => FileTree, owners: SourceTree["owners"]): DigestedTree => {
  const nodeAt = (path: string): FileNode => {
    const found = PathTree.at(current(), path)
    if (found === undefined) throw absent(path)
    return found.data
  }
  const capability = (path: string) => nodeAt(path).xattrs?.get(capabilityName)
  return {
    owners,
    entry: (path) => {
      const found = PathTree.at(current(), path)
      return found && entryOf(found.data)
    },
    names: (path) => [...(PathTree.at(current(), path)?.children?.keys() ?? [])].sort(),
    linkTarget: (path) => nodeAt(path).linkTarget ?? "",
    bytes: (path) => nodeAt(path).content,
    capability,
    hostPath: (path) => `/memory/${path}`,
    digest: (path) => FileDigest.ofContent(nodeAt(path).content, capability(path))
  }
}

const entryOf = (node: FileNode, number = { inode: 0, links: 1 }): TreeEntry => ({
  kind: node.kind,
  mode: node.mode,
  uid: node.uid,
  gid: node.gid,
  sizeBytes: node.content.length,
  modified: node.mtimeSeconds,
  changed: node.mtimeSeconds * 1000,
  inode: number.inode,
  device: 0,
  links: number.links,
  deviceNumber: deviceNumber(node)
})

/** A tree that does not change, hard links included. */
export const of = (tree: FileTree, owners: SourceTree["owners"]): DigestedTree => {
  let numbers: ReturnType<typeof numbered> | undefined
  return {
    ...live(() => tree, owners),
    entry: (path) => {
      const found = PathTree.at(tree, path)
      if (found === undefined) return undefined
      numbers ??= numbered(tree)
      return entryOf(found.data, numbers.get(found.data))
    }
  }
}
