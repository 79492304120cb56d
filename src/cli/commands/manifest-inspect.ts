import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Reference from "../../core/oci/Reference.js"
import { RegistryClient } from "../../edge/registry/RegistryClient.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

const parse = Schema.decodeUnknownEither(Schema.parseJson())

/** Docker's indentation; bytes that are no JSON never get here, but if they did they would be shown as they are. */
const pretty = (text: string): string =>
  Either.match(parse(text), {
    onLeft: () => text,
    onRight: (document) => JSON.stringify(document, undefined, "\t")
  })

export default command({
  needs: "login",
  usage: "MANIFEST",
  arity: Arity.exactly(1),
  flags: {},
  run: (_, [name = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const client = yield* RegistryClient
      const reference = Reference.withDefaultTag(yield* Reference.parse(name))
      const { bytes } = yield* client.manifest(reference, Reference.target(reference))
      yield* terminal.out(`${pretty(new TextDecoder().decode(bytes))}\n`)
      return 0
    })
})
