import * as Effect from "effect/Effect"
import { create } from "../../engine/oci/Create.js"
import { remove } from "../../engine/oci/Delete.js"
import * as Arity from "../Arity.js"
import { request, writePid } from "./NewContainer.js"
import * as OciFlags from "./OciFlags.js"
import { subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "[OPTIONS] CONTAINER-ID",
  summary: "Create a container, up to its command",
  arity: Arity.exactly(1),
  flags: OciFlags.create,
  run: (root, id, flags) =>
    Effect.gen(function* () {
      const { made } = yield* create({ ...(yield* request(root, id, flags)), waiter: "adopter" })
      yield* Effect.onError(writePid(flags.pidFile)(made.pid), () => Effect.ignore(remove(root, id, true)))
      return 0
    })
})
