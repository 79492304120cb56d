import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as GitRef from "../../core/plan/GitRef.js"
import type { Operation } from "../../core/plan/Operation.js"
import type { LayerStore } from "../store/LayerStore.js"
import * as BuildError from "./BuildError.js"
import type { GitSource } from "./CopyStep.js"
import * as GitProgram from "./GitProgram.js"
import * as GitRepository from "./GitRepository.js"
import * as RemoteFile from "./RemoteFile.js"
import * as RemoteMemo from "./RemoteMemo.js"
import type { StepInputs, StepRequest } from "./StepExecutor.js"

type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>

/** The sources of an ADD that are not of this host, as far as its cache key wants them. */
export interface RemoteSources {
  readonly inputs: StepInputs["remote"]
  /** By URL; complete once {@link ready} has succeeded. */
  readonly downloads: ReadonlyMap<string, RemoteFile.Download>
  /** Downloads the files of which their servers only said that they are what they were. */
  readonly ready: Effect.Effect<void, BuildError.BuildError>
  /** Checks a repository out at the commit that {@link inputs} tells; gives the directory. */
  readonly checkOut: (source: GitSource) => Effect.Effect<string, BuildError.BuildError>
}

interface Repository {
  readonly git: GitProgram.GitProgram
  readonly found: GitRef.Advertised
  readonly directory: string
}

/** Downloads files that are not what they were, and asks what the references of repositories are: these are fetched only if the step runs. */
export const prepare = (
  layers: LayerStore["Type"],
  cache: string,
  request: StepRequest,
  operation: CopyOperation
): Effect.Effect<RemoteSources, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const downloads = new Map<string, RemoteFile.Download>()
    const pending: Array<Effect.Effect<void, BuildError.BuildError>> = []
    const repositories = new Map<string, Repository>()
    const inputs: Array<StepInputs["remote"][number]> = []
    const place = yield* Effect.cached(
      Effect.mapError(layers.workspace, (error) => BuildError.make("io", error.message, error))
    )
    for (const [index, source] of operation.sources.entries())
      if (source._tag === "Http") {
        const { url, checksum } = source
        const path = `${(yield* place).dir}/download-${index}`
        const load = (wanted: string | undefined) =>
          Effect.map(
            RemoteFile.download({ url, path, checksum: wanted, bytesMax: RemoteFile.contextBytesMax }),
            (download) => {
              const { path: _, ...said } = download
              downloads.set(url, download)
              RemoteMemo.keep(cache, { url, ...said })
              return download.digest
            }
          )
        const memory = RemoteMemo.recall(cache, url)
        const isKnown =
          memory !== undefined &&
          (checksum === undefined || checksum === memory.digest) &&
          (yield* RemoteFile.isUnchanged(memory))
        const digest = isKnown ? memory.digest : yield* load(checksum)
        // What was promised is what must come.
        if (isKnown) pending.push(Effect.asVoid(load(digest)))
        inputs.push({ url, digest })
      } else if (source._tag === "Git") {
        const directory = `${(yield* place).dir}/repository-${index}`
        const access = { secrets: request.secrets, agent: request.agents.get("default") }
        const git = yield* GitProgram.make(`${directory}.settings`, source.repository.remote, access)
        const found = yield* GitRepository.resolve(git, source.repository)
        repositories.set(source.url, { git, found, directory })
        inputs.push({ url: GitRef.redacted(source.url), digest: found.commit })
      }
    const checkOut = (source: GitSource) => {
      const known = repositories.get(source.url)
      return known === undefined
        ? BuildError.make("remote", `${GitRef.redacted(source.url)} was not looked up`)
        : Effect.map(
            GitRepository.checkOut(
              known.git,
              source.repository,
              known.found,
              `${known.directory}.${crypto.randomBytes(4).toString("hex")}`,
              source.keepGitDirectory
            ),
            ({ directory }) => directory
          )
    }
    return {
      inputs,
      downloads,
      ready: Effect.suspend(() => Effect.all(pending, { discard: true })),
      checkOut
    }
  })
