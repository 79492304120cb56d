import type { ContainerSpec } from "./ContainerSpec.js"
import type { Mount } from "./Mount.js"

/** By target, where a mount goes instead: its target is a link of the image to what is not there. */
export type Destinations = Readonly<Record<string, string>>

/**
 * True for mounts at places that the user or the image names: links on the way there are followed inside the root. At the engine's own
 * places a link is an error.
 */
export const followsLinks = (mount: Mount): boolean =>
  mount._tag === "Bind" ||
  ((mount._tag === "Tmpfs" || mount._tag === "Overlay") && mount.reason.source !== "policy")

const isBelow = (path: string, parent: string): boolean => path.startsWith(`${parent}/`)

/**
 * The targets whose links the image alone decides: those below another mount may lead anywhere, and are walked as they are when
 * the container is made.
 */
export const questions = ({ mounts }: Pick<ContainerSpec, "mounts">): ReadonlyArray<string> =>
  mounts
    .filter(followsLinks)
    .filter(({ target }) => !mounts.some((other) => isBelow(target, other.target)))
    .map(({ target }) => target)

/** The specification with mounts where their targets lead. */
export const redirect = (spec: ContainerSpec, destinations: Destinations): ContainerSpec =>
  Object.keys(destinations).length === 0
    ? spec
    : {
        ...spec,
        mounts: spec.mounts.map((mount) => {
          const target = followsLinks(mount) ? destinations[mount.target] : undefined
          return target === undefined ? mount : { ...mount, target }
        })
      }
