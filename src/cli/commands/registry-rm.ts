import * as Effect from "effect/Effect"
import * as Reference from "../../core/oci/Reference.js"
import { RegistryClient } from "../../edge/registry/RegistryClient.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { each } from "../Each.js"
import * as Insecure from "../Insecure.js"

export default command({
  needs: "manifest",
  usage: "[OPTIONS] NAME:TAG|NAME@DIGEST [NAME:TAG|NAME@DIGEST...]",
  arity: Arity.atLeast(1),
  flags: { insecure: Insecure.flag("Allow communication with an insecure registry") },
  run: ({ insecure }, names) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const client = yield* RegistryClient
      return yield* each(names, (name) =>
        Effect.gen(function* () {
          const reference = yield* Reference.parse(name)
          if (reference.tag === undefined && reference.digest === undefined) {
            return yield* Effect.fail({ message: `${name}: what is deleted is named with its tag or digest` })
          }
          // Registries of the first protocol delete by digest only.
          const { digest } = yield* client.resolve(reference, Reference.target(reference))
          yield* client.deleteManifest(reference, digest)
          yield* terminal.out(`Deleted: ${Reference.print(Reference.withDigest(reference, digest))}\n`)
        }).pipe(Insecure.within(insecure))
      )
    })
})
