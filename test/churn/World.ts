import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { type Kasane, kasane, root } from "../support/Kasane.js"
import * as NetworkNamespace from "../support/NetworkNamespace.js"
import * as RootFs from "../support/RootFs.js"

/** The image that every store of these has. */
export const image = "base:1"

/** An engine on a store of its own, in a network namespace of its own, where nobody else makes links or rules. */
export interface World {
  readonly engine: Kasane
  readonly host: NetworkNamespace.NetworkNamespace
  readonly place: string
  readonly remove: () => Promise<void>
}

/** Makes one; needs root. */
export const create = async (): Promise<World> => {
  const host = await NetworkNamespace.create()
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-churn-"))
  const engine = kasane({ ...root, prefix: host.prefix }, path.join(place, "store"))
  await engine.ok(["import", RootFs.tar(place), image])
  // The first container of a store writes down its networks, for good.
  await engine.ok(["run", "--rm", image, "true"])
  return {
    engine,
    host,
    place,
    remove: async () => {
      const ids = (await engine.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
      if (ids.length > 0) await engine.ok(["rm", "-f", ...ids])
      host.remove()
      fs.rmSync(place, { recursive: true, force: true })
    }
  }
}
