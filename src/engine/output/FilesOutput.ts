import * as Effect from "effect/Effect"
import type { Platform } from "../../core/oci/Platform.js"
import * as Platforms from "../../core/oci/Platform.js"
import type { OutputSpec } from "../../core/output/OutputSpec.js"
import { Archives } from "../../edge/archive/Archives.js"
import { ResultTree } from "../../edge/build/ResultTree.js"
import { failure } from "../build/BuildRequest.js"
import type { BuiltImage } from "./BuiltImage.js"
import type { OutputRequest } from "./OutputRequest.js"

type Files = Extract<OutputSpec, { readonly _tag: "Files" }>

const directoryOf = (platform: Platform): string => Platforms.print(platform).replaceAll("/", "_")

/** Writes the files of the results: as they are for one platform, in a directory for each of several. */
export const write = (
  spec: Files,
  built: ReadonlyArray<BuiltImage>,
  epoch: number | undefined,
  outputs: OutputRequest
) =>
  Effect.gen(function* () {
    const { destination, format, mode } = spec
    const isSplit = spec.platformSplit ?? built.length > 1
    const results = built.map(({ platform, state }) => ({
      directory: isSplit ? directoryOf(platform) : "",
      chain: state.chain,
      files: []
    }))
    if (format === "local") {
      const tree = yield* ResultTree
      return yield* Effect.mapError(
        tree.write({ results, destination, mode, mtimeSeconds: epoch }),
        (error) => failure(error.message, error)
      )
    }
    if (!isSplit && built.length > 1)
      return yield* failure(
        "a tar of several platforms has a directory for each: leave out platform-split=false"
      )
    const archives = yield* Archives
    const stacks = results.map(({ directory, ...result }) => ({
      ...result,
      prefix: directory === "" ? "" : `${directory}/`
    }))
    yield* outputs.write(destination, archives.packStacks(stacks, epoch))
  })
