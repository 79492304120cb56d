import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ChainId from "../../../src/core/layer/ChainId.js"
import type { Digest } from "../../../src/core/oci/Digest.js"
import * as ReadOutput from "../../../src/core/output/ReadOutput.js"
import type { BuildEvent } from "../../../src/core/plan/BuildEvent.js"
import * as ClassicOutput from "../../../src/core/plan/ClassicOutput.js"
import * as ImageLayoutsFs from "../../../src/edge/archive/ImageLayoutsFs.js"
import { ContextSource } from "../../../src/edge/build/BuildContext.js"
import * as BuildContextFs from "../../../src/edge/build/BuildContextFs.js"
import * as ResultTreeFs from "../../../src/edge/build/ResultTreeFs.js"
import * as StepExecutorLive from "../../../src/edge/build/StepExecutorLive.js"
import * as HostProbeLinux from "../../../src/edge/host/HostProbeLinux.js"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import * as RuntimeNative from "../../../src/edge/runtime/RuntimeNative.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import * as StoreLive from "../../../src/edge/store/StoreLive.js"
import * as Build from "../../../src/engine/Build.js"
import { type BuildRequest, failure } from "../../../src/engine/build/BuildRequest.js"
import * as RootFs from "../../support/RootFs.js"

/** A temporary directory with a store in it and room for contexts. */
export const place = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "kasane-build-"))),
  (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
)

/** The services of a build in a directory, with a runtime that must not be asked. */
export const services = (root: string) =>
  Layer.mergeAll(BuildContextFs.layer, ResultTreeFs.layer, StepExecutorLive.layer, ImageLayoutsFs.layer).pipe(
    Layer.provideMerge(StoreLive.layerFs(`${root}/store`, "root")),
    Layer.provideMerge(HostProbeLinux.layer),
    Layer.provideMerge(Layer.mock(Runtime, {}))
  )

/** The services of a build whose commands really run. */
export const runningServices = (root: string) =>
  Layer.mergeAll(BuildContextFs.layer, ResultTreeFs.layer, StepExecutorLive.layer, ImageLayoutsFs.layer).pipe(
    Layer.provideMerge(StoreLive.layerFs(`${root}/store`, "root")),
    Layer.provideMerge(HostProbeLinux.layer),
    Layer.provideMerge(RuntimeNative.layerNative(programs(root)))
  )

const programs = (root: string): string => {
  fs.mkdirSync(`${root}/programs`, { recursive: true, mode: 0o700 })
  return `${root}/programs`
}

/** Stores an image named `base`: a root file system made of this host's programs. */
export const base = (root: string) =>
  Effect.gen(function* () {
    fs.mkdirSync(`${root}/base`)
    RootFs.fill(`${root}/base`)
    fs.writeFileSync(`${root}/base.Dockerfile`, "FROM scratch\nCOPY . /\n")
    const dockerfile = `${root}/base.Dockerfile`
    const source = ContextSource.Directory({ path: `${root}/base`, dockerfile })
    yield* build(root, { source, names: ["docker.io/library/base:latest"] })
  })

/** Writes files below a directory; a name that ends in `/` is a directory, a value `-> x` a link to x. */
export const write = (directory: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name)
    fs.mkdirSync(name.endsWith("/") ? file : path.dirname(file), { recursive: true })
    if (name.endsWith("/")) continue
    if (content.startsWith("-> ")) fs.symlinkSync(content.slice(3), file)
    else fs.writeFileSync(file, content)
  }
}

export interface Outcome {
  readonly image: Digest
  readonly events: ReadonlyArray<BuildEvent>
  /** The classic lines, ids replaced by `ID`. */
  readonly text: string
}

/** Outputs that only the store sees, or those of `--output`; there is no registry and no file. */
export const outputs = (texts: ReadonlyArray<string>): BuildRequest["outputs"] => ({
  specs: Either.getOrThrow(Either.all(texts.map(ReadOutput.parse))),
  annotations: [],
  attest: { provenance: undefined, sbom: false },
  squash: false,
  registry: () => Effect.dieMessage("no registry in this test"),
  write: () => failure("no file in this test"),
  transfer: () => Effect.void
})

export const request = (
  context: string,
  given: Partial<BuildRequest>,
  report: BuildRequest["report"]
): BuildRequest => ({
  source: ContextSource.Directory({ path: context, dockerfile: undefined }),
  options: {
    target: undefined,
    buildArgs: {},
    labels: {},
    buildPlatform: { os: "linux", architecture: "amd64" },
    targetPlatform: undefined,
    network: "default"
  },
  platforms: [],
  names: [],
  outputs: outputs(["type=image"]),
  cache: "use",
  pull: "missing",
  fetch: (need) => failure(`pull access denied for ${need.reference}`),
  secrets: new Map(),
  agents: new Map(),
  parallelism: 2,
  explain: true,
  ...given,
  report
})

/** Builds a directory and keeps what was reported. */
export const build = (
  context: string,
  { whenRunning, ...given }: Partial<BuildRequest> & { readonly whenRunning?: () => void } = {}
) =>
  Effect.gen(function* () {
    const events: Array<BuildEvent> = []
    const report = (event: BuildEvent) =>
      Effect.sync(() => {
        events.push(event)
        if (event._tag === "Running") whenRunning?.()
      })
    const { id: image } = yield* Build.build(request(context, given, report))
    return { image, events, text: render(events) } satisfies Outcome
  })

const render = (events: ReadonlyArray<BuildEvent>): string => {
  let output = ClassicOutput.empty
  let text = ""
  for (const event of events) {
    const [next, out] = ClassicOutput.push(output, event)
    output = next
    text += out
  }
  return text.replace(/[0-9a-f]{12}/g, "ID")
}

/** The regular files below a directory. Node 24 and later follow links in a recursive listing. */
const filesBelow = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })

/** The files of an image's layers, the topmost of each name. */
export const filesOf = (image: Digest) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* ImageStore).config(image)
    const chain = ChainId.all(config.rootfs.diff_ids ?? []).at(-1)
    const directories = chain === undefined ? [] : yield* (yield* LayerStore).lowerDirs(chain)
    const found = new Map<string, string>()
    for (const directory of directories)
      for (const full of filesBelow(directory)) {
        const name = full.slice(directory.length)
        if (!found.has(name)) found.set(name, fs.readFileSync(full, "utf8"))
      }
    return Object.fromEntries([...found].sort())
  })
