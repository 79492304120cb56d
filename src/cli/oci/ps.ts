import * as Effect from "effect/Effect"
import * as List from "../../engine/oci/List.js"
import * as Arity from "../Arity.js"
import * as OciFlags from "./OciFlags.js"
import { print, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "[OPTIONS] CONTAINER-ID",
  summary: "List the pids of a container's processes",
  arity: Arity.exactly(1),
  flags: OciFlags.ps,
  run: (root, id, { format }) =>
    Effect.gen(function* () {
      const pids = yield* List.processes(root, id)
      yield* print(
        format === "json" ? `${JSON.stringify(pids)}\n` : ["PID", ...pids].map((pid) => `${pid}\n`).join("")
      )
      return 0
    })
})
