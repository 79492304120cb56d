import * as os from "node:os"
import * as Effect from "effect/Effect"
import * as Progress from "../../core/display/Progress.js"
import type { Platform } from "../../core/oci/Platform.js"
import * as AttestSpec from "../../core/output/attest/AttestSpec.js"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import type { LayerCompression } from "../../edge/registry/LayerCompression.js"
import { CacheImports } from "../../edge/store/CacheImports.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as BaseImages from "../../engine/build/BaseImages.js"
import type { BuildFailure, BuildRequest } from "../../engine/build/BuildRequest.js"
import type { CacheExchange } from "../../engine/cache/CacheExchange.js"
import type * as CachePlaces from "../../engine/cache/CachePlaces.js"
import type * as Pull from "../../engine/Pull.js"
import * as TransferLine from "../TransferLine.js"
import * as Assignments from "./Assignments.js"
import * as BaseFetch from "./BaseFetch.js"
import type { BuildValues } from "./BuildFlags.js"
import { sourceOf } from "./ContextArgument.js"
import * as NamedContexts from "./NamedContexts.js"
import * as OutputArguments from "./OutputArguments.js"
import * as OutputFile from "./OutputFile.js"
import * as Sandbox from "./Sandbox.js"
import * as Secrets from "./Secrets.js"

type Needs = Pull.PullNeeds | CachePlaces.CacheNeeds | LayerCompression | CacheImports

/** The caches that a line names, and those that were imported for every build. */
const exchangeOf = (
  given: BuildValues,
  platform: Platform
): Effect.Effect<CacheExchange, BuildFailure, CachePlaces.CacheNeeds | CacheImports> =>
  Effect.gen(function* () {
    const imports = yield* CacheImports
    const isAlone =
      given.cacheFrom.length === 0 &&
      given.cacheTo.length === 0 &&
      (yield* Effect.mapError(imports.list, BaseImages.told)).length === 0
    if (isAlone) return { from: [], to: [], inline: false }
    const [{ reader, writer }, { standing }] = yield* Effect.promise(() =>
      Promise.all([import("../../engine/cache/CachePlaces.js"), import("../../engine/cache/ImportStore.js")])
    )
    return {
      from: [
        ...(yield* Effect.forEach(given.cacheFrom.flat(), (source) => reader(source, platform))),
        ...(yield* Effect.mapError(standing, BaseImages.told))
      ],
      to: yield* Effect.forEach(
        given.cacheTo.flatMap((target) => (target._tag === "Inline" ? [] : [target])),
        writer
      ),
      inline: given.cacheTo.some(({ _tag }) => _tag === "Inline")
    }
  })

/** The build that a line asks for. */
export const requestOf = (
  given: BuildValues,
  path: string,
  report: BuildRequest["report"]
): Effect.Effect<BuildRequest, BuildFailure, Needs | Terminal> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Needs>()
    const terminal = yield* Terminal
    const buildArgs = Assignments.withEpoch(Assignments.buildArgs(given.buildArg))
    const secrets = yield* Secrets.secrets(given.secret)
    const agents = Secrets.agents(given.ssh)
    // The user names these repositories, so that the user's own agent is meant; a Dockerfile's need --ssh.
    const access = { secrets, agent: agents.get("default") ?? process.env["SSH_AUTH_SOCK"] }
    const contexts = yield* NamedContexts.read(given.buildContext, access)
    const outputs = yield* OutputArguments.specsOf(given, terminal.outIsTerminal)
    const platforms = yield* OutputArguments.platformsOf(given)
    const line = (text: string) => report(BuildEvent.Warning({ text }))
    const transfer: BuildRequest["outputs"]["transfer"] = (event) => {
      const shown = TransferLine.ofCopy(event)
      return shown.isPassing ? Effect.void : line(Progress.lineText(shown, 80))
    }
    return {
      source: yield* sourceOf(path, given.file, access, buildArgs),
      options: {
        target: given.target,
        buildArgs,
        labels: Assignments.labels(given.label),
        buildPlatform: hostPlatform(),
        targetPlatform: platforms[0],
        network: given.network ?? "default",
        contexts: contexts.meanings,
        sandbox: yield* Sandbox.read(given)
      },
      contexts: contexts.trees,
      platforms,
      names: given.tag,
      outputs: {
        specs: outputs,
        annotations: given.annotation.flat(),
        attest: AttestSpec.combined([...given.attest, ...given.provenance, ...given.sbom]),
        squash: given.squash,
        registry: (work) => Effect.provide(work, context),
        write: OutputFile.write(terminal),
        transfer
      },
      cache: given.noCache ? "ignore" : "use",
      noCacheStages: given.noCacheFilter.flatMap((names) => names.split(",")),
      exchange: yield* exchangeOf(given, platforms[0] ?? hostPlatform()),
      pull: given.pull ? "always" : "missing",
      fetch: BaseFetch.fetch((pull) => Effect.provide(pull, context)),
      look: BaseFetch.look((look) => Effect.provide(look, context)),
      allowed: new Set(given.allow),
      secrets,
      agents,
      // Steps wait for disks, networks and each other more than they compute.
      parallelism: Math.max(8, 2 * os.availableParallelism()),
      explain: given.explain,
      report
    }
  })
