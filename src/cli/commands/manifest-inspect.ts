import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import * as MediaType from "../../core/oci/MediaType.js"
import * as ManifestList from "../../core/registry/ManifestList.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as ManifestLists from "../../engine/ManifestLists.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as Insecure from "../Insecure.js"

const parse = Schema.decodeUnknownEither(Schema.parseJson())

/** A document's fields in the order in which they came; the text as it is where it is no document. */
const document = (text: string): unknown => Either.getOrElse(parse(text), () => text)

const manifestOf = ({ Raw }: ManifestList.ListedImage): unknown =>
  document(Either.getOrElse(Encoding.decodeBase64String(Raw), () => ""))

const tabbed = (value: unknown): string => JSON.stringify(value, undefined, "\t")

/** One image as `--verbose` shows it. */
const whole = (image: ManifestList.ListedImage) => ({
  ...image,
  [image.Descriptor.mediaType === MediaType.OciManifest ? "OCIManifest" : "SchemaV2Manifest"]:
    manifestOf(image)
})

const shown = (inspected: ManifestLists.Inspected, isVerbose: boolean): string => {
  if (inspected._tag === "Image") {
    return tabbed(isVerbose ? whole(inspected.image) : manifestOf(inspected.image))
  }
  return isVerbose ? tabbed(inspected.images.map(whole)) : ManifestList.print(document(inspected.text))
}

export default command({
  needs: "manifest",
  usage: "[OPTIONS] [MANIFEST_LIST] MANIFEST",
  arity: Arity.between(1, 2),
  flags: {
    insecure: Insecure.flag("Allow communication with an insecure registry"),
    verbose: Flag.toggle("verbose", {
      short: "v",
      help: "Output additional info including layers and platform"
    })
  },
  run: ({ insecure, verbose }, [first = "", second]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const [list, name] = second === undefined ? [undefined, first] : [first, second]
      const inspected = yield* ManifestLists.inspect(name, list, verbose).pipe(Insecure.within(insecure))
      yield* terminal.out(`${shown(inspected, verbose)}\n`)
      return 0
    })
})
