import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as PathTree from "../../core/layer/PathTree.js"
import type { ExecutionConfig } from "../../core/oci/ImageConfig.js"
import * as LocalManifest from "../../core/oci/LocalManifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import type { Platform } from "../../core/oci/Platform.js"
import * as Reference from "../../core/oci/Reference.js"
import * as ReadOutput from "../../core/output/ReadOutput.js"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { PlanOptions } from "../../core/plan/BuildPlan.js"
import * as NamedContext from "../../core/plan/NamedContext.js"
import type { BuildPrediction } from "../../core/plan/Prediction.js"
import * as StepImage from "../../core/plan/StepImage.js"
import { ContextSource, TreeSource } from "../../edge/build/BuildContext.js"
import * as BuildContextMemory from "../../edge/build/memory/BuildContextMemory.js"
import type { Run } from "../../edge/build/memory/Commands.js"
import * as Files from "../../edge/build/memory/Files.js"
import * as NoOutputs from "../../edge/build/memory/NoOutputs.js"
import * as StepExecutorMemory from "../../edge/build/memory/StepExecutorMemory.js"
import * as HostProbeMemory from "../../edge/host/HostProbeMemory.js"
import { type Recorded, Recorder } from "../../edge/runtime/RuntimeRecording.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import { LayerStore } from "../../edge/store/LayerStore.js"
import type { FileTree } from "../../edge/store/memory/FileNode.js"
import { emptyTree } from "../../edge/store/memory/FileNode.js"
import { MemoryState } from "../../edge/store/memory/MemoryState.js"
import * as StoreMemory from "../../edge/store/memory/StoreMemory.js"
import { pack } from "../../edge/store/memory/TarChanges.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import * as Blame from "../../engine/Blame.js"
import * as Build from "../../engine/Build.js"
import type { Blamed } from "../../engine/blame/Blamed.js"
import { type BuildFailure, type BuildRequest, failure } from "../../engine/build/BuildRequest.js"
import * as Impact from "../../engine/Impact.js"
import * as PlanBuild from "../../engine/PlanBuild.js"
import * as Outcome from "./Outcome.js"

/** An image that a Dockerfile may start from or copy from. */
export interface TestImage {
  readonly files?: Files.Files
  /** What the image says of running it: `Env`, `Cmd`, `User`, `OnBuild`, … */
  readonly config?: ExecutionConfig
  readonly platform?: Platform
}

export interface TestBuilderOptions {
  /** By the name that FROM and --from use (`debian:12`); other images are not found. */
  readonly images?: Readonly<Record<string, TestImage>>
  /** What the commands of RUN do. Without it each succeeds and changes nothing. */
  readonly run?: Run
  /** What ADD finds at its URLs. */
  readonly remote?: Readonly<Record<string, string | Uint8Array>>
  /** The time, in milliseconds since 1970: 2024-01-01T00:00:00Z if not given. It stands still. */
  readonly now?: number
}

/** A build, with the words of the command line. */
export interface TestBuild {
  readonly dockerfile: string
  /** The context's files; a `.dockerignore` among them is obeyed. */
  readonly context?: Files.Files
  /** The files of named contexts (`--build-context`), by name. */
  readonly contexts?: Readonly<Record<string, Files.Files>>
  readonly target?: string
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly platform?: Platform
  readonly tags?: ReadonlyArray<string>
  readonly noCache?: boolean
  readonly secrets?: Readonly<Record<string, string | Uint8Array>>
}

/** A store in memory that builds share, and with it their cache. */
export interface TestBuilder {
  /** Never fails: what went wrong is in the outcome. */
  readonly build: (build: TestBuild) => Effect.Effect<Outcome.BuildOutcome>
  /** What a build would do, as `build --plan` tells it. */
  readonly plan: (build: TestBuild) => Effect.Effect<BuildPrediction, BuildFailure>
  /** What a change of these files of the context does to a build, as `impact` tells it. */
  readonly impact: (
    build: TestBuild,
    paths: ReadonlyArray<string>
  ) => Effect.Effect<Impact.FileImpact, BuildFailure>
  /** From a path in an image (by name or id) to the layers, lines and sources that it came from, as `blame` tells it. */
  readonly blame: (image: string, path: string) => Effect.Effect<Blamed, StoreError>
  /** The containers that RUN steps have started so far, with specification and syscall program. */
  readonly starts: Effect.Effect<ReadonlyArray<Recorded>>
}

const linux: Platform = { os: "linux", architecture: "amd64" }

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

/** A clock that stands still, but for those who sleep. */
const still = (millis: number): Clock.Clock => {
  const real = Clock.make()
  const nanos = BigInt(millis) * 1_000_000n
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => millis,
    unsafeCurrentTimeNanos: () => nanos,
    currentTimeMillis: Effect.succeed(millis),
    currentTimeNanos: Effect.succeed(nanos),
    sleep: (duration) => real.sleep(duration)
  }
}

const canonical = (name: string): Effect.Effect<string> =>
  Effect.orDie(
    Either.map(Reference.parse(name), (reference) => Reference.print(Reference.withDefaultTag(reference)))
  )

/** Stores an image that tests were given. */
const storeImage = (name: string, { files = {}, config = {}, platform = linux }: TestImage, now: number) =>
  Effect.gen(function* () {
    const layers = yield* LayerStore
    const changes = PathTree.diff(emptyTree, Files.treeOf(files, Math.floor(now / 1000)))
    const layer = yield* layers.importTar({
      parent: undefined,
      bytes: Stream.make(pack(changes, {}).bytes)
    })
    const bytes = StepImage.encode({
      created: new Date(now).toISOString(),
      ...platform,
      config,
      rootfs: { type: "layers", diff_ids: [layer.diffId] }
    })
    yield* (yield* ImageStore).put({
      manifest: LocalManifest.encode(bytes, [layer.blob]),
      manifestMediaType: MediaType.OciManifest,
      config: bytes,
      names: [yield* canonical(name)]
    })
  })

/** Where a named context lies in memory. */
const placeOf = (name: string): string => `context ${name}`

const optionsOf = ({
  target,
  buildArgs = {},
  contexts = {},
  labels = {},
  platform
}: TestBuild): PlanOptions => ({
  target,
  buildArgs,
  labels,
  buildPlatform: linux,
  targetPlatform: platform,
  network: "default",
  contexts: new Map(
    Object.keys(contexts).map((name) => [NamedContext.canonical(name), NamedContext.NamedContext.Files()])
  )
})

const toStore = Effect.orDie(ReadOutput.parse("type=image"))

const requestOf = (given: TestBuild, report: BuildRequest["report"]): Effect.Effect<BuildRequest> =>
  Effect.map(Effect.all([Effect.forEach(given.tags ?? [], canonical), toStore]), ([names, spec]) => ({
    source: ContextSource.Directory({ path: "context", dockerfile: bytesOf(given.dockerfile) }),
    options: optionsOf(given),
    contexts: new Map(
      Object.keys(given.contexts ?? {}).map((name) => [
        NamedContext.canonical(name),
        TreeSource.Directory({ path: placeOf(name) })
      ])
    ),
    platforms: [],
    names,
    outputs: {
      specs: [spec],
      annotations: [],
      attest: { provenance: undefined, sbom: false },
      squash: false,
      registry: () => Effect.dieMessage("a build in memory pushes nothing"),
      write: () => Effect.void,
      transfer: () => Effect.void
    },
    cache: given.noCache === true ? "ignore" : "use",
    pull: "missing",
    fetch: ({ reference }) => failure(`pull access denied for ${reference}, repository does not exist`),
    secrets: new Map(Object.entries(given.secrets ?? {}).map(([id, content]) => [id, bytesOf(content)])),
    agents: new Map(),
    // One step at a time: what happens does not depend on which is quicker.
    parallelism: 1,
    explain: true,
    report
  }))

type Services = Build.BuildServices | ImageStore | LayerStore

/** Makes a builder: a new store with these images in it. */
export const makeTestBuilder = (options: TestBuilderOptions = {}): Effect.Effect<TestBuilder> =>
  Effect.gen(function* () {
    const { images = {}, run = () => undefined, remote = {}, now = Date.UTC(2024, 0, 1) } = options
    const state = new MemoryState()
    const contexts = new Map<string, FileTree>()
    const fetched = new Map(Object.entries(remote).map(([url, content]) => [url, bytesOf(content)]))
    const services = yield* Layer.mergeAll(
      NoOutputs.layer,
      BuildContextMemory.layer(contexts),
      StepExecutorMemory.layerMemory(run, fetched)
    ).pipe(
      Layer.provideMerge(StoreMemory.layerOn(state)),
      Layer.provide(HostProbeMemory.layerMemory()),
      // Everything is in memory and goes with the last reference to it.
      Layer.buildWithScope(yield* Scope.make())
    )
    const at = still(now)
    const within = <A, E>(work: Effect.Effect<A, E, Services>) =>
      Effect.withClock(Effect.provide(work, services), at)

    for (const [name, image] of Object.entries(images))
      yield* within(Effect.orDie(storeImage(name, image, now)))

    const opened = (given: TestBuild, report: BuildRequest["report"]) =>
      Effect.zipRight(
        Effect.sync(() => {
          const seconds = Math.floor(now / 1000)
          contexts.set("context", Files.treeOf(given.context ?? {}, seconds))
          for (const [name, files] of Object.entries(given.contexts ?? {}))
            contexts.set(placeOf(name), Files.treeOf(files, seconds))
        }),
        requestOf(given, report)
      )
    // Builds take turns at the one context.
    const turns = yield* Effect.makeSemaphore(1)

    const build = (given: TestBuild): Effect.Effect<Outcome.BuildOutcome> =>
      Effect.gen(function* () {
        const events: Array<BuildEvent> = []
        const report = (event: BuildEvent) => Effect.sync(() => void events.push(event))
        const request = yield* opened(given, report)
        const result = yield* Effect.merge(Effect.map(Build.build(request), ({ id }) => id))
        return yield* Effect.orDie(Outcome.of(state, events, result))
      }).pipe(within, turns.withPermits(1))

    const plan = (given: TestBuild) =>
      Effect.flatMap(
        opened(given, () => Effect.void),
        PlanBuild.predict
      ).pipe(within, turns.withPermits(1))

    const impact = (given: TestBuild, paths: ReadonlyArray<string>) =>
      Effect.flatMap(
        opened(given, () => Effect.void),
        (request) => Impact.impact(request, paths)
      ).pipe(within, turns.withPermits(1))

    const blame = (image: string, path: string) => within(Blame.blame(image, path))

    return { build, plan, impact, blame, starts: Context.get(services, Recorder).starts }
  })

/** Builds once, on a store of its own. */
export const buildWith = ({
  images,
  run,
  remote,
  now,
  ...build
}: TestBuilderOptions & TestBuild): Effect.Effect<Outcome.BuildOutcome> =>
  Effect.flatMap(
    makeTestBuilder({
      ...(images !== undefined && { images }),
      ...(run !== undefined && { run }),
      ...(remote !== undefined && { remote }),
      ...(now !== undefined && { now })
    }),
    (builder) => builder.build(build)
  )
