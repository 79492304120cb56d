import * as Signal from "../../core/container/Signal.js"
import * as Kill from "../../engine/oci/Kill.js"
import * as Arity from "../Arity.js"
import * as OciFlags from "./OciFlags.js"
import { done, refuse, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "[OPTIONS] CONTAINER-ID [SIGNAL]",
  summary: "Send a signal to a container (default SIGTERM)",
  arity: Arity.between(1, 2),
  flags: OciFlags.kill,
  run: (root, id, { all }, [name = "TERM"]) => {
    const signal = Signal.parse(name)
    return signal === undefined
      ? refuse(`unknown signal ${JSON.stringify(name)}`)
      : done(Kill.kill(root, id, signal, all ? "all" : "process 1"))
  }
})
