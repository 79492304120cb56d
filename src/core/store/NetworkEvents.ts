import type { Endpoint } from "../network/Life.js"
import type { Fact } from "./Event.js"

/** One end of a container in a network of ours, as its life tells of it. */
export const ofEndpoint = (
  action: "connect" | "disconnect",
  { network, networkName }: Pick<Endpoint, "network" | "networkName">,
  container: string
): Fact => of(action, { id: network, name: networkName, driver: "bridge" }, container)

/** Something that was done to a network; `container` is whom it was done for. */
export const of = (
  action: "create" | "destroy" | "connect" | "disconnect",
  { id, name, driver }: { readonly id: string; readonly name: string; readonly driver: string },
  container?: string
): Fact => ({
  type: "network",
  action,
  id,
  attributes: { name, type: driver, ...(container === undefined ? {} : { container }) }
})
