import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as LargeNumbers from "../LargeNumbers.js"
import { nullable, whole } from "./BundleWords.js"
import { Hook } from "./Hook.js"
import { type InvalidBundle, invalid } from "./InvalidBundle.js"

const strings = Schema.Array(Schema.String)
const labels = Schema.Record({ key: Schema.String, value: Schema.String })

const User = Schema.Struct({
  uid: Schema.optionalWith(whole, { default: () => 0 }),
  gid: Schema.optionalWith(whole, { default: () => 0 }),
  umask: nullable(whole),
  additionalGids: nullable(Schema.Array(whole))
})

/** `process` of config.json, and what `exec --process` reads. Source: runtime-spec, config.md, "Process". */
export const Process = Schema.Struct({
  terminal: nullable(Schema.Boolean),
  consoleSize: nullable(Schema.Struct({ height: whole, width: whole })),
  user: Schema.optionalWith(User, { default: () => ({ uid: 0, gid: 0 }) }),
  args: nullable(strings),
  env: nullable(strings),
  cwd: Schema.optionalWith(Schema.String, { default: () => "/" }),
  capabilities: nullable(
    Schema.Struct({
      bounding: nullable(strings),
      effective: nullable(strings),
      inheritable: nullable(strings),
      permitted: nullable(strings),
      ambient: nullable(strings)
    })
  ),
  rlimits: nullable(Schema.Array(Schema.Struct({ type: Schema.String, soft: whole, hard: whole }))),
  noNewPrivileges: nullable(Schema.Boolean),
  apparmorProfile: nullable(Schema.String),
  selinuxLabel: nullable(Schema.String),
  oomScoreAdj: nullable(whole),
  scheduler: nullable(Schema.Unknown),
  ioPriority: nullable(Schema.Unknown),
  execCPUAffinity: nullable(Schema.Unknown)
})
export type Process = typeof Process.Type

const Mount = Schema.Struct({
  destination: Schema.String,
  type: nullable(Schema.String),
  source: nullable(Schema.String),
  options: nullable(strings),
  uidMappings: nullable(Schema.Array(Schema.Unknown)),
  gidMappings: nullable(Schema.Array(Schema.Unknown))
})
export type Mount = typeof Mount.Type

const hookList = nullable(Schema.Array(Hook))
const Hooks = Schema.Struct({
  prestart: hookList,
  createRuntime: hookList,
  createContainer: hookList,
  startContainer: hookList,
  poststart: hookList,
  poststop: hookList
})
export type HookKind = keyof typeof Hooks.Type

const IdMapping = Schema.Struct({ containerID: whole, hostID: whole, size: whole })

const Device = Schema.Struct({
  path: Schema.String,
  type: Schema.String,
  major: Schema.optionalWith(whole, { default: () => 0 }),
  minor: Schema.optionalWith(whole, { default: () => 0 }),
  fileMode: nullable(whole),
  uid: nullable(whole),
  gid: nullable(whole)
})
export type Device = typeof Device.Type

const Rate = Schema.Struct({ major: whole, minor: whole, rate: whole })

/** `linux.resources`, and what `update --resources` reads. Source: runtime-spec, config-linux.md, "Control groups". */
export const Resources = Schema.Struct({
  devices: nullable(
    Schema.Array(
      Schema.Struct({
        allow: Schema.Boolean,
        type: nullable(Schema.String),
        major: nullable(whole),
        minor: nullable(whole),
        access: nullable(Schema.String)
      })
    )
  ),
  memory: nullable(
    Schema.Struct({
      limit: nullable(whole),
      reservation: nullable(whole),
      swap: nullable(whole),
      swappiness: nullable(whole),
      disableOOMKiller: nullable(Schema.Boolean)
    })
  ),
  cpu: nullable(
    Schema.Struct({
      shares: nullable(whole),
      quota: nullable(whole),
      period: nullable(whole),
      realtimeRuntime: nullable(whole),
      realtimePeriod: nullable(whole),
      cpus: nullable(Schema.String),
      mems: nullable(Schema.String)
    })
  ),
  pids: nullable(Schema.Struct({ limit: nullable(whole) })),
  blockIO: nullable(
    Schema.Struct({
      weight: nullable(whole),
      weightDevice: nullable(
        Schema.Array(Schema.Struct({ major: whole, minor: whole, weight: nullable(whole) }))
      ),
      throttleReadBpsDevice: nullable(Schema.Array(Rate)),
      throttleWriteBpsDevice: nullable(Schema.Array(Rate)),
      throttleReadIOPSDevice: nullable(Schema.Array(Rate)),
      throttleWriteIOPSDevice: nullable(Schema.Array(Rate))
    })
  ),
  hugepageLimits: nullable(Schema.Array(Schema.Struct({ pageSize: Schema.String, limit: whole }))),
  network: nullable(Schema.Unknown),
  rdma: nullable(Schema.Unknown),
  unified: nullable(labels)
})
export type Resources = typeof Resources.Type

const Linux = Schema.Struct({
  namespaces: nullable(Schema.Array(Schema.Struct({ type: Schema.String, path: nullable(Schema.String) }))),
  uidMappings: nullable(Schema.Array(IdMapping)),
  gidMappings: nullable(Schema.Array(IdMapping)),
  timeOffsets: nullable(labels),
  devices: nullable(Schema.Array(Device)),
  cgroupsPath: nullable(Schema.String),
  resources: nullable(Resources),
  sysctl: nullable(labels),
  rootfsPropagation: nullable(Schema.String),
  maskedPaths: nullable(strings),
  readonlyPaths: nullable(strings),
  mountLabel: nullable(Schema.String),
  seccomp: nullable(Schema.Unknown),
  intelRdt: nullable(Schema.Unknown),
  personality: nullable(Schema.Unknown)
})
export type Linux = typeof Linux.Type

const Config = Schema.Struct({
  ociVersion: Schema.String,
  process: nullable(Process),
  root: nullable(Schema.Struct({ path: Schema.String, readonly: nullable(Schema.Boolean) })),
  hostname: nullable(Schema.String),
  domainname: nullable(Schema.String),
  mounts: nullable(Schema.Array(Mount)),
  hooks: nullable(Hooks),
  annotations: nullable(labels),
  linux: nullable(Linux),
  solaris: nullable(Schema.Unknown),
  windows: nullable(Schema.Unknown),
  vm: nullable(Schema.Unknown)
})
/** A bundle's `config.json`. Members that this engine does not know are passed over, as the specification demands. */
export type BundleConfig = typeof Config.Type

const parse =
  <A, I>(schema: Schema.Schema<A, I>, what: string) =>
  (text: string): Either.Either<A, InvalidBundle> =>
    Either.mapLeft(Schema.decodeUnknownEither(Schema.parseJson(schema))(LargeNumbers.keep(text)), (fault) =>
      invalid(
        what,
        ParseResult.ArrayFormatter.formatErrorSync(fault)
          .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
          .join("; ")
      )
    )

/** Reads the text of a bundle's `config.json`. Source: runtime-spec 1.2, config.md. */
export const read = parse(Config, "config.json")

/** Reads the text that `exec --process` names. */
export const readProcess = parse(Process, "the process")

/** Reads the text that `update --resources` names. */
export const readResources = parse(Resources, "the resources")
