import * as path from "node:path"
import type { Digest } from "../../core/oci/Digest.js"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { BuildPlan } from "../../core/plan/BuildPlan.js"
import * as Operation from "../../core/plan/Operation.js"
import * as LayoutPaths from "../../core/store/LayoutPaths.js"
import type { Outcome } from "../../edge/build/BuildMemo.js"
import type { BuiltStages } from "../cache/ExportCache.js"
import type { BuildRequest } from "./BuildRequest.js"

/** A build's plan and what its stages came to. */
export interface Run {
  readonly plan: BuildPlan
  readonly stages: BuiltStages
  /** SOURCE_DATE_EPOCH was looked up elsewhere. */
  readonly isTimed: boolean
}

/** Everything is decided by the words, by files of this host and by the store. */
const isPlain = (request: BuildRequest): boolean =>
  request.cache === "use" &&
  request.pull === "missing" &&
  request.platforms.length === 0 &&
  request.secrets.size === 0 &&
  (request.contexts?.size ?? 0) === 0 &&
  (request.options.contexts?.size ?? 0) === 0 &&
  request.agents.size === 0 &&
  (request.noCacheStages ?? []).length === 0 &&
  (request.exchange === undefined ||
    (request.exchange.from.length === 0 && request.exchange.to.length === 0 && !request.exchange.inline)) &&
  !request.explain &&
  !request.outputs.squash &&
  request.outputs.attest.provenance === undefined &&
  !request.outputs.attest.sbom &&
  request.outputs.specs.every((spec) => spec._tag === "Image" && spec.store && !spec.push)

const isLocal = (operation: Operation.Operation): boolean =>
  operation._tag !== "Copy" || operation.sources.every(({ _tag }) => _tag === "Path" || _tag === "Inline")

const readsContext = (operation: Operation.Operation): boolean =>
  Operation.origins(operation).some((origin) => origin._tag === "Context")

/** What only a build says that found all of its steps in the cache. */
const quiet: ReadonlySet<BuildEvent["_tag"]> = new Set([
  "ContextSent",
  "Warning",
  "Planned",
  "MetaStep",
  "StageStarted",
  "BaseReady",
  "StepStarted",
  "CacheHit",
  "StepDone",
  "StageDone",
  "Built",
  "Tagged"
] as const)

const foundAll = (events: ReadonlyArray<BuildEvent>): boolean =>
  events.every(({ _tag }) => quiet.has(_tag)) &&
  events.filter(({ _tag }) => _tag === "StepDone").length ===
    events.filter(({ _tag }) => _tag === "CacheHit").length

/** Every name by which a Dockerfile and its ignore files may be found. */
const decidingFiles = (directory: string, dockerfile: string | undefined): ReadonlyArray<string> => {
  const names = dockerfile === undefined ? ["Dockerfile", "dockerfile"] : [dockerfile]
  return [
    ...names.flatMap((name) =>
      [path.resolve(name), path.resolve(directory, name)].flatMap((file) => [file, `${file}.dockerignore`])
    ),
    path.resolve(directory, ".dockerignore")
  ]
}

/** What may be kept of a build for the next one like it (see BuildMemo); undefined where the next may find something else. */
export const outcome = (
  request: BuildRequest,
  events: ReadonlyArray<BuildEvent>,
  runs: ReadonlyArray<Run>
): Outcome | undefined => {
  const { source } = request
  const [run] = runs
  if (
    source._tag !== "Directory" ||
    source.dockerfile instanceof Uint8Array ||
    run === undefined ||
    run.isTimed
  )
    return undefined
  const operations = run.plan.stages.flatMap((stage) => stage.steps.map((step) => step.operation))
  if (!isPlain(request) || !foundAll(events) || !operations.every(isLocal)) return undefined
  const paths = LayoutPaths.of("")
  const images = events.flatMap((event) =>
    event._tag === "StepDone" || event._tag === "Built" ? [event.image] : []
  )
  const steps = run.stages.all.flatMap(({ trace }) => trace)
  const keys = steps.flatMap(({ record }) => record?.key ?? [])
  const identities = steps.map(({ time }) => time.identity)
  const relative = (file: string) => file.replace(/^\//, "")
  const cached = (digests: ReadonlyArray<Digest>) =>
    digests.map((digest) => relative(LayoutPaths.cacheRecord(paths, digest)))
  return {
    events,
    files: decidingFiles(source.path, source.dockerfile),
    context: operations.some(readsContext) ? path.resolve(source.path) : undefined,
    records: [...images.map((id) => relative(LayoutPaths.image(paths, id))), ...cached(keys)],
    used: cached([...keys, ...identities])
  }
}
