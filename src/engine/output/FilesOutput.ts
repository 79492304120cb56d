import * as Effect from "effect/Effect"
import type { Platform } from "../../core/oci/Platform.js"
import * as Platforms from "../../core/oci/Platform.js"
import * as Statement from "../../core/output/attest/Statement.js"
import type { OutputSpec } from "../../core/output/OutputSpec.js"
import { Archives } from "../../edge/archive/Archives.js"
import { ResultTree } from "../../edge/build/ResultTree.js"
import { type BuildRequest, failure } from "../build/BuildRequest.js"
import * as Attesting from "./Attesting.js"
import type { BuiltImage } from "./BuiltImage.js"

type Files = Extract<OutputSpec, { readonly _tag: "Files" }>

const directoryOf = (platform: Platform): string => Platforms.print(platform).replaceAll("/", "_")

/** What is said of a result, as files beside its own. */
const statements = (request: BuildRequest, spec: Files, one: BuiltImage, suffix: string) =>
  Effect.gen(function* () {
    const attestations = yield* Attesting.about(request, one, one.state.layers)
    const told = attestations.filter(({ inlineOnly }) => !inlineOnly)
    if (told.length === 0) return []
    const digests = yield* (yield* ResultTree).digests(one.state.chain)
    const subjects = digests.map(([name, digest]) => ({ name, digest }))
    return told.map(({ filename, predicate }) => {
      const dot = filename.indexOf(".")
      const name =
        dot < 0 ? `${filename}${suffix}` : `${filename.slice(0, dot)}${suffix}${filename.slice(dot)}`
      const text = JSON.stringify(Statement.make(predicate, subjects), undefined, 2)
      return { path: `${spec.attestationPrefix}${name}`, bytes: new TextEncoder().encode(text) }
    })
  })

/** Writes the files of the results: as they are for one platform, in a directory for each of several. */
export const write = (
  request: BuildRequest,
  spec: Files,
  built: ReadonlyArray<BuiltImage>,
  epoch: number | undefined
) =>
  Effect.gen(function* () {
    const { destination, format, mode } = spec
    const { outputs } = request
    const isSplit = spec.platformSplit ?? built.length > 1
    const results = yield* Effect.forEach(built, (one) =>
      Effect.gen(function* () {
        const directory = isSplit ? directoryOf(one.platform) : ""
        const suffix = !isSplit && built.length > 1 ? `.${directoryOf(one.platform)}` : ""
        return { directory, chain: one.state.chain, files: yield* statements(request, spec, one, suffix) }
      })
    )
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
