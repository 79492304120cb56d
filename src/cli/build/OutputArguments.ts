import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Platform from "../../core/oci/Platform.js"
import { OutputSpec } from "../../core/output/OutputSpec.js"
import { parse } from "../../core/output/ReadOutput.js"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import { type BuildFailure, failure } from "../../engine/build/BuildRequest.js"
import type { BuildValues } from "./BuildFlags.js"

/** The platforms of all `--platform`, each once, in order. */
export const platformsOf = ({
  platform
}: Pick<BuildValues, "platform">): Either.Either<ReadonlyArray<Platform.Platform>, BuildFailure> =>
  Either.mapBoth(
    Either.all(
      platform.flatMap((text) => text.split(",")).map((text) => Platform.parse(text, hostPlatform()))
    ),
    {
      onLeft: (error) => failure(error.message, error),
      onRight: (all) => [...new Map(all.map((one) => [Platform.print(one), one])).values()]
    }
  )

const shorthand = (text: string): OutputSpec => Either.getOrThrow(parse(text))

const destinationOf = (spec: OutputSpec): string | undefined =>
  "destination" in spec ? spec.destination : undefined

/** True where an output goes to standard output, which then says nothing else. */
export const usesStandardOutput = ({ output }: Pick<BuildValues, "output">): boolean =>
  output.some((spec) => destinationOf(spec) === "-")

const withPush = (specs: ReadonlyArray<OutputSpec>): ReadonlyArray<OutputSpec> =>
  specs.some((spec) => spec._tag === "Image")
    ? specs.map((spec) => (spec._tag === "Image" ? OutputSpec.Image({ ...spec, push: true }) : spec))
    : [...specs, shorthand("type=image,push=true")]

const withLoad = (specs: ReadonlyArray<OutputSpec>): ReadonlyArray<OutputSpec> =>
  specs.some((spec) => spec._tag === "Image" && spec.store) ? specs : [...specs, shorthand("type=docker")]

/** The outputs that a line asks for; without any the image is kept in the store. */
export const specsOf = (
  given: Pick<BuildValues, "output" | "push" | "load">,
  outIsTerminal: boolean
): Effect.Effect<ReadonlyArray<OutputSpec>, BuildFailure> => {
  const pushed = given.push ? withPush(given.output) : given.output
  const specs = given.load ? withLoad(pushed) : pushed
  const streams = specs.filter((spec) => destinationOf(spec) === "-")
  const [first] = streams
  if (streams.length > 1) return failure("only one output can go to standard output")
  if (first !== undefined && "format" in first && outIsTerminal)
    return failure(`dest file is required for ${first.format} output: refusing to write to a terminal`)
  return Effect.succeed(specs.length === 0 ? [shorthand("type=image")] : specs)
}
