import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Reference from "../../core/oci/Reference.js"
import * as ManifestList from "../../core/registry/ManifestList.js"
import { RegistryClient } from "../../edge/registry/RegistryClient.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as Insecure from "../Insecure.js"

export default command({
  needs: "manifest",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  arity: Arity.exactly(1),
  flags: {
    artifactType: Flag.text("artifact-type", { help: "Show referrers of this type only" }),
    insecure: Insecure.flag("Allow communication with an insecure registry")
  },
  run: ({ artifactType, insecure }, [name = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const client = yield* RegistryClient
      const reference = Reference.withDefaultTag(yield* Reference.parse(name))
      const index = yield* Effect.flatMap(
        client.resolve(reference, Reference.target(reference)),
        ({ digest }) => client.referrers(reference, digest, Option.fromNullable(artifactType))
      ).pipe(Insecure.within(insecure))
      yield* terminal.out(`${ManifestList.print(index)}\n`)
      return 0
    })
})
