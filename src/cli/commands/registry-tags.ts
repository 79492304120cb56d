import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Reference from "../../core/oci/Reference.js"
import { RegistryClient } from "../../edge/registry/RegistryClient.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Insecure from "../Insecure.js"

export default command({
  needs: "manifest",
  usage: "[OPTIONS] NAME",
  arity: Arity.exactly(1),
  flags: { insecure: Insecure.flag("Allow communication with an insecure registry") },
  run: ({ insecure }, [name = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const client = yield* RegistryClient
      const reference = yield* Reference.parse(name)
      if (reference.tag !== undefined || reference.digest !== undefined) {
        return yield* Effect.fail({ message: "a repository is named without a tag" })
      }
      yield* Stream.runForEach(client.tags(reference), (tag) => terminal.out(`${tag}\n`)).pipe(
        Insecure.within(insecure)
      )
      return 0
    })
})
