import type { ChainId } from "../layer/ChainId.js"
import * as Digest from "../oci/Digest.js"
import type { Platform } from "../oci/Platform.js"
import type { Step } from "./BuildPlan.js"
import type { GitRef } from "./GitRef.js"
import * as GitRefs from "./GitRef.js"
import type { InputFiles } from "./InputFiles.js"
import type { Operation, Origin, RunMount, Sandbox, Source } from "./Operation.js"
import { origins, same } from "./Operation.js"

/** One thing that a step's result depends on. `note` is for people and not part of the key. */
export interface Component {
  readonly kind: ComponentKind
  /** Which of its kind: a variable's name, a mount's target, … Empty where there is one only. */
  readonly name: string
  readonly value: string
  readonly note: string
}

export type ComponentKind =
  /** The stack of layers that the step starts from, by chain id. */
  | "parent"
  | "platform"
  | "instruction"
  | "command"
  | "variable"
  | "directory"
  | "user"
  | "network"
  | "security"
  | "mount"
  /** An option of the build that the container of a RUN is made with; name is the option. */
  | "sandbox"
  /** Files of the context, a stage or an image: name is the origin, value their digest. */
  | "files"
  | "inline"
  | "remote"
  | "sources"
  | "destination"
  | "chown"
  | "chmod"
  | "options"

/**
 * What the layer of a step depends on, before it is hashed: equal keys, equal layers (as far as commands are
 * deterministic). Nothing else is in it: labels, CMD, times and names of stages do not change what a command writes.
 */
export interface CacheKey {
  readonly components: ReadonlyArray<Component>
}

/** What an execution has found out when a step's turn comes. */
export interface Inputs {
  /** The layers below, by chain id; undefined for none. */
  readonly parent: ChainId | undefined
  /** What the parent is, for people: `base debian:12`, `step 3`. */
  readonly parentNote: string
  readonly platform: Platform
  /** What the step reads of each origin, as far as files were looked at. */
  readonly files: ReadonlyArray<{
    readonly origin: Origin
    readonly label: string
    readonly input: InputFiles
  }>
  /** What remote sources are now, by URL. */
  readonly remote: ReadonlyArray<{ readonly url: string; readonly digest: string }>
}

const component = (kind: ComponentKind, name: string, value: string, note = ""): Component => ({
  kind,
  name,
  value,
  note
})

/** The key of a step's layer; undefined for a step that writes nothing. */
export const ofStep = (step: Step, inputs: Inputs): CacheKey | undefined => {
  const { operation } = step
  if (operation._tag === "Meta") return undefined
  const { platform } = inputs
  const components: Array<Component> = [
    // A layer that is only laid on those below is the same whatever they are.
    ...(operation._tag === "Copy" && operation.link
      ? []
      : [component("parent", "", inputs.parent ?? "scratch", inputs.parentNote)]),
    component("platform", "", [platform.os, platform.architecture, platform.variant ?? ""].join("/")),
    ...ofOperation(operation, step.buildArgs)
  ]
  for (const { origin, label, input } of inputs.files)
    components.push(component("files", nameOf(origin, operation), input.digest, label))
  for (const { url, digest } of inputs.remote) components.push(component("remote", url, digest))
  return { components }
}

/** What an origin is called in keys: stages by what they read, not by their name or place. */
const nameOf = (origin: Origin, operation: Operation): string => {
  const place = origins(operation).findIndex((one) => same(one, origin))
  return `${origin._tag.toLowerCase()} ${place}`
}

const ofOperation = (
  operation: Exclude<Operation, { readonly _tag: "Meta" }>,
  buildArgs: Step["buildArgs"]
): ReadonlyArray<Component> => {
  switch (operation._tag) {
    case "Exec": {
      const args = new Set(buildArgs.map(([name]) => name))
      return [
        component("instruction", "", "RUN"),
        component("command", "", JSON.stringify(operation.argv)),
        component("directory", "", operation.cwd),
        component("user", "", operation.user),
        component("network", "", operation.network),
        component("security", "", operation.security),
        ...ofSandbox(operation.sandbox),
        ...operation.env.map((entry) => {
          const at = entry.indexOf("=")
          const name = entry.slice(0, at)
          return component("variable", name, entry.slice(at + 1), args.has(name) ? "ARG" : "ENV")
        }),
        ...operation.mounts.map((mount, index) => ofMount(mount, index))
      ]
    }
    case "Workdir":
      return [
        component("instruction", "", "WORKDIR"),
        component("directory", "", operation.path),
        component("user", "", operation.user)
      ]
    case "Copy":
      return [
        component("instruction", "", operation.keyword),
        component("sources", "", JSON.stringify(operation.sources.map(describeSource))),
        component("destination", "", operation.destination),
        component("chown", "", operation.chown ?? ""),
        component("chmod", "", operation.chmod ?? ""),
        component("options", "", JSON.stringify([operation.parents, operation.link, operation.exclude])),
        ...operation.sources.flatMap((source) =>
          source._tag === "Inline" ? [component("inline", source.name, Digest.ofBytes(source.content))] : []
        )
      ]
  }
}

/** What is not given is not in the key: builds without these options have the keys that they always had. */
const ofSandbox = ({ hosts, ulimits, shmSize, hostName }: Sandbox): ReadonlyArray<Component> => [
  ...(hosts.length === 0 ? [] : [component("sandbox", "--add-host", hosts.join(" "))]),
  ...(ulimits.length === 0 ? [] : [component("sandbox", "--ulimit", ulimits.join(" "))]),
  ...(shmSize === undefined ? [] : [component("sandbox", "--shm-size", shmSize)]),
  ...(hostName === undefined ? [] : [component("sandbox", "hostname", hostName)])
]

const describeSource = (source: Source): ReadonlyArray<unknown> => {
  switch (source._tag) {
    case "Path":
      return ["path", source.path, source.pattern ?? null, source.unpack]
    case "Inline":
      return ["inline", source.name]
    case "Http":
      return ["http", source.url, source.name, source.checksum ?? null, source.unpack]
    case "Git":
      return ["git", ...ofRepository(source.repository), source.keepGitDirectory]
  }
}

/** Not its reference: what that leads to is a component of its own, the commit. */
const ofRepository = ({ remote, subdirectory, submodules, times }: GitRef): ReadonlyArray<unknown> => [
  GitRefs.redacted(remote),
  subdirectory,
  submodules,
  times
]

/** What of a mount the result depends on: not the content of caches and secrets. */
const ofMount = (mount: RunMount, index: number): Component => {
  const value = (parts: ReadonlyArray<unknown>) => JSON.stringify([index, mount._tag, ...parts])
  switch (mount._tag) {
    case "Bind":
      return component("mount", mount.target, value([mount.origin._tag, mount.source, mount.readOnly]))
    case "Cache":
      return component(
        "mount",
        mount.target,
        value([mount.id, mount.readOnly, mount.mode, mount.uid, mount.gid])
      )
    case "Tmpfs":
      return component("mount", mount.target, value([mount.size]))
    case "Secret":
    case "Ssh":
      return component("mount", `${mount._tag.toLowerCase()} ${mount.id}`, value([mount.target ?? null]))
    case "Script":
      return component("mount", mount.target, value([Digest.ofBytes(mount.content)]))
  }
}

/** The name of the result: a digest over every component but its note, in a fixed order. */
export const digest = (key: CacheKey): Digest.Digest =>
  Digest.ofBytes(`kasane layer key 1\n${canonical(key)}`)

const canonical = (key: CacheKey): string =>
  key.components
    .map(({ kind, name, value }) => JSON.stringify([kind, name, value]))
    .sort()
    .join("\n")
