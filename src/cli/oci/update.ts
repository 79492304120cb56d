import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { update } from "../../engine/oci/Update.js"
import * as Arity from "../Arity.js"
import * as OciFlags from "./OciFlags.js"
import { done, Refused, refuse, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "--resources FILE CONTAINER-ID",
  summary: "Change a container's limits",
  arity: Arity.exactly(1),
  flags: OciFlags.update,
  run: (root, id, { resources }) =>
    resources === undefined
      ? refuse("update needs --resources, a file of the form of linux.resources")
      : done(
          Effect.flatMap(
            Effect.try({
              try: () => fs.readFileSync(resources === "-" ? 0 : resources, "utf8"),
              catch: (cause) => new Refused({ message: `cannot read ${resources}: ${String(cause)}` })
            }),
            (text) => update(root, id, text)
          )
        )
})
