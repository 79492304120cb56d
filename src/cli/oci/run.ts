import * as Effect from "effect/Effect"
import { run } from "../../engine/oci/Run.js"
import * as Arity from "../Arity.js"
import { request, writePid } from "./NewContainer.js"
import * as OciFlags from "./OciFlags.js"
import { subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "[OPTIONS] CONTAINER-ID",
  summary: "Create and start a container, and wait for its end",
  arity: Arity.exactly(1),
  flags: OciFlags.run,
  run: (root, id, flags) =>
    Effect.flatMap(request(root, id, flags), (asked) =>
      run(asked, { detach: flags.detach, keep: flags.keep, created: writePid(flags.pidFile) })
    )
})
