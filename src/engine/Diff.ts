import * as Effect from "effect/Effect"
import type { Change } from "../core/layer/Changeset.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"

/** What a start makes in a container's files so that something can be mounted there: nobody's change. */
const mountPoints = new Set([
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
const withoutMountPoints = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const isMountPoint = ({ kind, path }: Change) => kind === "added" && mountPoints.has(path)
  const holders = new Set(changes.filter(isMountPoint).map(({ path }) => parentOf(path)))
  const rest = changes.filter((change) => !isMountPoint(change))
  return rest.filter(
    ({ path }) => !holders.has(path) || rest.some((other) => other.path.startsWith(`${path}/`))
  )
}

/** What a container has changed of its image, in path order. */
export const diff = (text: string) =>
  Effect.gen(function* () {
    const { record, paths } = yield* (yield* ContainerStore).resolve(text)
    const changes = yield* (yield* LayerStore).changes({ parent: record.chainId, upper: paths.upper })
    return withoutMountPoints(changes)
  })
