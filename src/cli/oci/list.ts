import * as Effect from "effect/Effect"
import { table } from "../../core/display/Table.js"
import * as List from "../../engine/oci/List.js"
import * as Arity from "../Arity.js"
import * as OciFlags from "./OciFlags.js"
import { print, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "[OPTIONS]",
  summary: "List the containers",
  arity: Arity.none,
  flags: OciFlags.list,
  run: (root, _, { quiet, format }) =>
    Effect.gen(function* () {
      const states = yield* List.list(root)
      const titles = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]
      const rows = states.map((state) =>
        [state.id, state.pid, state.status, state.bundle, state.created, state.owner].map(String)
      )
      if (quiet) yield* print(states.map(({ id }) => `${id}\n`).join(""))
      else if (format === "json") yield* print(`${JSON.stringify(states)}\n`)
      else yield* print(table([titles, ...rows]))
      return 0
    })
})
