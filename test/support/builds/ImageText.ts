import { flatten, type Node, type Tree } from "./Flattened.js"
import type { SavedImage } from "./SavedImages.js"

/** What Docker says of an image, empty members left out. */
const members = [
  ...["Author", "Env", "Cmd", "Entrypoint", "WorkingDir", "User", "Labels", "ExposedPorts", "Volumes"],
  ...["OnBuild", "Shell", "Healthcheck", "StopSignal"]
]

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0)

const sorted = (value: unknown): unknown =>
  typeof value !== "object" || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What is older than this was given, by a context, an archive or a server; what is newer was made by the build. */
const given = Date.parse("2024-01-01T00:00:00Z")

const time = ({ mtime }: Node): string =>
  mtime.getTime() < given ? mtime.toISOString().replace(".000Z", "Z") : "now"

const line = (name: string, node: Node): string =>
  [
    node.type,
    node.type === "symlink" ? "" : node.mode,
    node.owner,
    node.type === "file" ? `${node.size} ${node.digest}` : "",
    time(node),
    node.type === "symlink" ? `${name} -> ${node.target}` : name,
    node.type.endsWith("-device") ? node.target : "",
    ...node.xattrs
  ]
    .filter((part) => part !== "")
    .join(" ")

/** A directory's time changes with what is made in it, so that of a base image's says nothing. */
const isSame = (name: string, now: Node, before: Node): boolean =>
  line(name, { ...now, ...(now.type === "directory" && { mtime: before.mtime }) }) === line(name, before)

/** Names of one file, each group on a line. */
const hardLinks = (tree: Tree): Array<string> => {
  const groups = new Map<object, Array<string>>()
  for (const [name, { inode, type }] of tree)
    if (type !== "directory") groups.set(inode, [...(groups.get(inode) ?? []), name])
  return [...groups.values()]
    .filter(({ length }) => length > 1)
    .map((names) => `same file: ${names.sort().join(" ")}`)
}

/**
 * An image as lines: the members of its config, how many layers it has, and its files (kind, mode, owner, size and
 * digest, time, path, target, extended attributes). Files that are as in the base image are left out, so that the text
 * does not depend on what a base is made of; those of the base that are gone are told.
 */
export const text = (image: SavedImage, base: SavedImage): string => {
  const onBase = image.diffIds[0] === base.diffIds[0]
  const before: Tree = onBase ? flatten(base.layers) : new Map()
  const tree = flatten(image.layers)
  const names = [...new Set([...tree.keys(), ...before.keys()])].sort()
  const files = names.flatMap((name) => {
    const [now, then] = [tree.get(name), before.get(name)]
    if (now === undefined) return [`gone ${name}`]
    return then !== undefined && isSame(name, now, then) ? [] : [line(name, now)]
  })
  const own = new Map([...tree].filter(([name]) => !before.has(name)))
  return [
    ...members.flatMap((member) => {
      const value = image.config[member]
      return isEmpty(value) ? [] : [`${member} ${JSON.stringify(sorted(value))}`]
    }),
    `layers ${image.layers.length}`,
    ...files,
    ...hardLinks(own).sort()
  ].join("\n")
}
