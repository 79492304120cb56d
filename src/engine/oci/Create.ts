import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { BundleConfig } from "../../core/container/bundle/BundleConfig.js"
import * as BundleConfigs from "../../core/container/bundle/BundleConfig.js"
import * as BundleMounts from "../../core/container/bundle/BundleMounts.js"
import * as BundleSeccomp from "../../core/container/bundle/BundleSeccomp.js"
import * as BundleSpec from "../../core/container/bundle/BundleSpec.js"
import type { Hook } from "../../core/container/bundle/Hook.js"
import { invalid } from "../../core/container/bundle/InvalidBundle.js"
import * as OciRecord from "../../core/container/bundle/OciRecord.js"
import * as MountTargets from "../../core/container/MountTargets.js"
import * as Path from "../../core/container/Path.js"
import * as Digest from "../../core/oci/Digest.js"
import type { HookCommand, Release } from "../../core/program/Release.js"
import { BundleRuntime, type Made, type Waiter } from "../../edge/bundle/BundleRuntime.js"
import { HookRunner } from "../../edge/bundle/HookRunner.js"
import { OciContainers } from "../../edge/bundle/OciContainers.js"
import { RootTrees } from "../../edge/bundle/RootTrees.js"
import { HostProbe } from "../../edge/host/HostProbe.js"

/** What `create` and `run` ask for. */
export interface CreateRequest {
  /** The directory of containers' states. */
  readonly root: string
  readonly id: string
  /** Absolute. */
  readonly bundle: string
  readonly consoleSocket: string | undefined
  readonly newKeyring: boolean
  readonly waiter: Waiter
}

const readConfig = (bundle: string) =>
  Effect.gen(function* () {
    const probe = yield* HostProbe
    const text = yield* probe.text(`${bundle}/config.json`)
    if (text === undefined) return yield* invalid("bundle", `${bundle}/config.json cannot be read`)
    return yield* BundleConfigs.read(text)
  })

/** The bundle's filter, compiled once for each profile. */
const filterOf = (root: string, config: BundleConfig, target: BundleSeccomp.FilterTarget) =>
  Effect.gen(function* () {
    const seccomp = config.linux?.seccomp
    if (seccomp === undefined || seccomp === null) return undefined
    const containers = yield* OciContainers
    const [major, minor] = target.kernel
    const text = JSON.stringify(seccomp)
    const key = Digest.hex(Digest.ofBytes(`${target.architecture} ${major}.${minor}\n${text}`))
    const known = yield* containers.cachedFilter(root, key)
    const restored = known === undefined ? undefined : BundleSeccomp.restore(known, text, target)
    if (restored !== undefined) return restored
    const compiled = yield* BundleSeccomp.compile(seccomp, target)
    yield* containers.cacheFilter(root, key, BundleSeccomp.encode(compiled))
    return compiled
  })

/** Which security modules are in force on this host. */
export const labels = Effect.gen(function* () {
  const probe = yield* HostProbe
  const { apparmor } = yield* probe.host
  const selinux = yield* probe.text("/sys/fs/selinux/enforce")
  return { apparmor: apparmor !== undefined, selinux: selinux !== undefined }
})

const trees = (root: string, config: BundleConfig) =>
  Effect.gen(function* () {
    const targets = BundleMounts.copied(config.mounts ?? [])
    return targets.length === 0 ? {} : yield* (yield* RootTrees).entries(root, targets)
  })

const specOf = (request: CreateRequest, config: BundleConfig) =>
  Effect.gen(function* () {
    const probe = yield* HostProbe
    const host = yield* probe.host
    const seccomp = yield* filterOf(request.root, config, host)
    const isRoot = host.ids._tag !== "Own"
    const spec = yield* BundleSpec.resolve(config, {
      id: request.id,
      architecture: host.architecture,
      bundle: request.bundle,
      isHostRoot: host.ids._tag === "Same",
      ids: { isRoot, writer: host.ids._tag === "Own" ? host.ids.writer : "direct" },
      cgroup: host.cgroup,
      paths: yield* probe.kinds(BundleSpec.questions(config, request.bundle)),
      trees: yield* trees(Path.resolve(request.bundle, config.root?.path ?? ""), config),
      process: {
        seccomp,
        consoleSocket: request.consoleSocket,
        newKeyring: request.newKeyring,
        labels: yield* labels
      }
    })
    if (spec.root._tag !== "Directory") return spec
    const targets = MountTargets.questions(spec)
    return MountTargets.redirect(spec, yield* (yield* RootTrees).dangling(spec.root.path, targets))
  })

const command = ({ path, args, env, timeout }: Hook): HookCommand => ({
  path,
  args: args !== undefined && args !== null && args.length > 0 ? args : [path],
  env: env ?? [],
  timeout_s: timeout ?? undefined
})

const hookFault = (config: BundleConfig) => {
  for (const [kind, hooks] of Object.entries(config.hooks ?? {}))
    for (const { path, timeout } of hooks ?? []) {
      if (!Path.isAbsolute(path)) return invalid(`hooks.${kind}`, `${path} is not absolute`)
      if (timeout !== undefined && timeout !== null && timeout <= 0)
        return invalid(`hooks.${kind}`, `a timeout of ${timeout} s`)
    }
  return undefined
}

/** How a container that was made waits, by its record. */
export const releaseOf = (
  paths: { readonly gate: string; readonly reports: string; readonly hookState: string },
  { createContainer, startContainer }: OciRecord.OciRecord["program"]
): Release => ({
  gate: paths.gate,
  reports: paths.reports,
  state: paths.hookState,
  createContainer,
  startContainer
})

/** The process of a record. */
const identity = ({ pid, startTime, bootId }: Made) => ({ pid, startTime, bootId })

/**
 * Makes a container of a bundle, up to the point where its command is to be executed. Nothing is left when that fails.
 * Source: runtime-spec, runtime.md, "Create".
 */
export const create = (request: CreateRequest) =>
  Effect.gen(function* () {
    const { root, id, bundle } = request
    const containers = yield* OciContainers
    const runtime = yield* BundleRuntime
    const runner = yield* HookRunner
    const config = yield* readConfig(bundle)
    const fault = hookFault(config)
    if (fault !== undefined) return yield* fault
    const spec = yield* specOf(request, config)
    const { hooks } = config
    const outside = [
      ...(hooks?.prestart ?? []).map((hook) => ["prestart", hook] as const),
      ...(hooks?.createRuntime ?? []).map((hook) => ["createRuntime", hook] as const)
    ]
    const inside = (hooks?.createContainer ?? []).map(command)
    const needsGate = outside.length + inside.length > 0
    const now = yield* Clock.currentTimeMillis
    const program: OciRecord.OciRecord["program"] = {
      gate: needsGate || spec.namespaces.user._tag === "New" ? "wait" : "none",
      createContainer: inside,
      startContainer: (hooks?.startContainer ?? []).map(command)
    }
    const record: OciRecord.OciRecord = {
      ociVersion: config.ociVersion,
      id,
      bundle,
      rootfs: spec.root._tag === "Directory" ? spec.root.path : "",
      annotations: config.annotations ?? {},
      created: new Date(now).toISOString(),
      owner: process.getuid?.() ?? 0,
      program,
      hooks: { poststart: hooks?.poststart ?? [], poststop: hooks?.poststop ?? [] }
    }
    const paths = yield* containers.claim(root, id)
    const told = (pid: number) => JSON.stringify({ ...OciRecord.state(record, "creating"), pid })
    const atGate = (pid: number) =>
      Effect.gen(function* () {
        yield* Effect.orDie(containers.writeHookState(root, id, told(pid)))
        for (const [kind, hook] of outside) yield* runner.run(hook, kind, told(pid))
      })
    return yield* Effect.gen(function* () {
      yield* containers.writeSpec(root, spec)
      yield* containers.writeHookState(root, id, told(0))
      const made = yield* runtime.create(
        spec,
        releaseOf(paths, program),
        request.waiter,
        needsGate ? atGate : undefined
      )
      yield* containers.write(root, { ...record, process: identity(made) })
      return { made, spec }
    }).pipe(Effect.onError(() => Effect.ignore(containers.remove(root, id))))
  })
