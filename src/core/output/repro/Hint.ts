import type { Attribute } from "./LayerEntry.js"

/** What is known of a difference, for a guess at its cause. */
export interface Clue {
  readonly path: string
  readonly attribute: Attribute
  /** Both values, or the lines of the files that differ. */
  readonly first: string
  readonly second: string
  readonly hasEpoch: boolean
  /** Both hold the same in another order. */
  readonly isReordered: boolean
  /** The names of the two builds' hosts. */
  readonly hostNames: readonly [string, string]
}

const byPath: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /\/var\/cache\/ldconfig\/aux-cache$/,
    "ldconfig keeps inode numbers and times there: remove it in the same RUN"
  ],
  [
    /\/var\/(log|cache)\/|\/var\/lib\/(apt|dpkg)\/.*-old$/,
    "logs and caches hold times: remove them in the same RUN"
  ],
  [/\/var\/lib\/apt\/lists\//, "the package lists are those of the moment: remove them in the same RUN"],
  [
    /\/etc\/(machine-id|hostid|ssh\/ssh_host_.*)$/,
    "an identity is made at random: remove it, and make it when a container starts"
  ],
  [
    /\.pyc$/,
    "compiled Python holds its source's time: set SOURCE_DATE_EPOCH in the RUN, or PYTHONDONTWRITEBYTECODE=1"
  ],
  [/\.(gz|tgz)$/, "gzip writes the time of its input: use gzip -n"],
  [/\.a$/, "ar writes times and owners: use its D modifier"],
  [
    /\.(jar|zip|whl|war)$/,
    "archives of this kind hold the times of their files: set SOURCE_DATE_EPOCH in the RUN"
  ],
  [
    /\.(o|so|exe|dll)(\.\d+)*$/,
    "a compiler may write paths, times or random names: look at __DATE__, -frandom-seed and build ids"
  ],
  [/\/(tmp|var\/tmp)\//, "temporary files stay in the layer: remove them in the same RUN"]
]

const looksLikeTime = /\b\d{1,2}:\d{2}(:\d{2})?\b|\b(19|20)\d{2}-\d{2}-\d{2}\b|\b1[5-9]\d{8}\b|\b2[01]\d{8}\b/

/** Processes of the second build have numbers from here on. */
const otherPids = /\b20\d{3}\b/

const isPid = (first: string, second: string): boolean =>
  otherPids.test(second) && first.replace(/\d+/g, "#") === second.replace(/\d+/g, "#")

/** A guess at what makes the difference, and what to do about it; undefined where there is none. */
export const of = (clue: Clue): string | undefined => {
  const { attribute, first, second, path, hasEpoch, hostNames, isReordered } = clue
  if (attribute === "mtime")
    return hasEpoch
      ? "the time is older than SOURCE_DATE_EPOCH and comes with the file: give the context's files one time, or choose an earlier epoch"
      : "set SOURCE_DATE_EPOCH: no time in the image is later then"
  if (attribute === "mode")
    return "the mode follows a umask or the context's files: say COPY --chmod, or chmod in the RUN"
  if (attribute === "owner") return "the owner follows who builds: say COPY --chown, or chown in the RUN"
  if (first.includes(hostNames[0]) && second.includes(hostNames[1]))
    return "it holds the name of the host that builds"
  if (isReordered)
    return "the same in another order: the order in which a directory is read is the file system's own, so sort what is read"
  const known = byPath.find(([pattern]) => pattern.test(path))
  if (known !== undefined) return known[1]
  if (attribute === "presence") return "the name is made at random, or the command depends on the moment"
  if (looksLikeTime.test(first) && looksLikeTime.test(second))
    return 'it holds a time: use the variable SOURCE_DATE_EPOCH in the command (ARG SOURCE_DATE_EPOCH; date -d "@$SOURCE_DATE_EPOCH")'
  if (isPid(first, second)) return "it holds the number of a process: choose a name that is always the same"
  if (attribute === "content")
    return "it is made at random, of what the network gives, or in the order in which work happens to end"
  return undefined
}
