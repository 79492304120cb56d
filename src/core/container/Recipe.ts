import type { Flags } from "./Flags.js"
import type { KeptRequest } from "./KeptRequest.js"

/** The command that makes a container like one that there is. */
export interface Recipe {
  readonly by: "run" | "create"
  /** By long name; the container's name among them. */
  readonly flags: Flags
  readonly image: string
  readonly command: ReadonlyArray<string>
}

/**
 * The command that made a container, as what was changed about it since would have had it (`update`, `edit`, `rename`). Read by
 * the parser of `run`, by whomever and wherever, it asks for the same container again.
 */
export const of = (
  { name, image }: { readonly name: string; readonly image: string },
  { made = { by: "run", flags: { detach: ["true"] } }, flags, command }: KeptRequest
): Recipe => ({ by: made.by, flags: { name: [name], ...made.flags, ...flags }, image, command })
