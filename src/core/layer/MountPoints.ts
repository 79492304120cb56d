import type { Change } from "./Changeset.js"

/** What a start makes in a container's files so that something can be mounted there: nobody's change. */
const made = new Set([
  "/dev",
  "/dev/console",
  "/dev/pts",
  "/dev/shm",
  "/etc/hostname",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/proc",
  "/sys"
])

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

/** The changes without mount points, and without directories that changed by them alone. */
export const without = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const isMade = ({ kind, path }: Change) => kind === "added" && made.has(path)
  const holders = new Set(changes.filter(isMade).map(({ path }) => parentOf(path)))
  const rest = changes.filter((change) => !isMade(change))
  return rest.filter(
    ({ path }) => !holders.has(path) || rest.some((other) => other.path.startsWith(`${path}/`))
  )
}

/** The paths that {@link without} leaves out. */
export const among = (changes: ReadonlyArray<Change>): ReadonlySet<string> => {
  const kept = new Set(without(changes).map(({ path }) => path))
  return new Set(changes.map(({ path }) => path).filter((path) => !kept.has(path)))
}
