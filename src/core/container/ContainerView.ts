import * as SettingsView from "../network/SettingsView.js"
import type { ExecutionConfig } from "../oci/ImageConfig.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import * as HostConfigView from "./HostConfigView.js"
import type { KeptVolume } from "./KeptRequest.js"

/** The parts of a container's record that `inspect` shows. */
export interface ViewedRecord {
  readonly id: string
  readonly name: string
  readonly created: string
  readonly image: string
  readonly imageId: string
  readonly path: string
  readonly args: ReadonlyArray<string>
  readonly config: ExecutionConfig
  readonly autoRemove: boolean
  readonly platform: string
}

/** The parts of its state. */
export interface ViewedState {
  readonly status: string
  readonly process?: { readonly pid: number } | undefined
  readonly startedAt?: string | undefined
  readonly finishedAt?: string | undefined
  readonly exitCode: number
  readonly oomKilled: boolean
  readonly error: string
  readonly restartCount: number
  readonly health?: string | undefined
  readonly failingStreak?: number | undefined
  readonly healthLog?: ReadonlyArray<unknown> | undefined
}

/** Where its files are. */
export interface ViewedPaths {
  readonly upper: string
  readonly work: string
  readonly merged: string
  readonly hosts: string
  readonly hostname: string
  readonly resolvConf: string
  readonly log: string
}

/** What was looked up for it. */
export interface Looked {
  readonly options: ContainerOptions
  readonly volumes: Readonly<Record<string, KeptVolume>>
  /** Of the volumes, by target. */
  readonly mountpoints: Readonly<Record<string, string>>
  /** Its layers' directories, topmost first. */
  readonly lower: ReadonlyArray<string>
  readonly hostname: string
  /** The default network of this host, as `HostConfig.NetworkMode` calls it. */
  readonly defaultNetwork: string
  readonly network: Pick<SettingsView.Settings, "networks" | "life">
}

const never = "0001-01-01T00:00:00Z"

const state = (seen: ViewedState) => ({
  Status: seen.status,
  Running: ["running", "paused", "restarting"].includes(seen.status),
  Paused: seen.status === "paused",
  Restarting: seen.status === "restarting",
  OOMKilled: seen.oomKilled,
  Dead: seen.status === "dead",
  Pid: seen.process?.pid ?? 0,
  ExitCode: seen.exitCode,
  Error: seen.error,
  StartedAt: seen.startedAt ?? never,
  FinishedAt: seen.finishedAt ?? never,
  // JSON leaves out what is undefined; a template may ask for it.
  Health:
    seen.health === undefined
      ? undefined
      : { Status: seen.health, FailingStreak: seen.failingStreak ?? 0, Log: seen.healthLog ?? [] }
})

const mounts = (
  options: ContainerOptions,
  volumes: Looked["volumes"],
  mountpoints: Looked["mountpoints"]
) => [
  ...options.mounts.flatMap((mount) =>
    mount._tag === "Bind"
      ? [
          {
            Type: "bind",
            Source: mount.source,
            Destination: mount.target,
            Mode: mount.readonly ? "ro" : "",
            RW: !mount.readonly,
            Propagation: mount.propagation ?? "rprivate"
          }
        ]
      : []
  ),
  ...Object.entries(volumes).map(([target, { name }]) => {
    const isReadonly = options.mounts.some((mount) => mount.target === target && mount.readonly)
    return {
      Type: "volume",
      Name: name,
      Source: mountpoints[target] ?? "",
      Destination: target,
      Driver: "local",
      Mode: isReadonly ? "ro" : "z",
      RW: !isReadonly,
      Propagation: ""
    }
  }),
  ...options.mounts.flatMap((mount) =>
    mount._tag === "Tmpfs"
      ? [
          {
            Type: "tmpfs",
            Source: "",
            Destination: mount.target,
            Mode: "",
            RW: !mount.readonly,
            Propagation: ""
          }
        ]
      : []
  )
]

const config = (record: ViewedRecord, options: ContainerOptions, hostname: string) => ({
  Hostname: hostname,
  Domainname: options.domainname ?? "",
  User: record.config.User ?? "",
  AttachStdin: options.attached.stdin,
  AttachStdout: options.attached.stdout,
  AttachStderr: options.attached.stderr,
  ExposedPorts: record.config.ExposedPorts ?? undefined,
  Tty: options.tty,
  OpenStdin: options.interactive,
  StdinOnce: options.interactive && options.attached.stdin,
  Env: record.config.Env ?? [],
  Cmd: record.config.Cmd ?? null,
  Healthcheck: record.config.Healthcheck ?? undefined,
  Image: record.image,
  Volumes: record.config.Volumes ?? null,
  WorkingDir: record.config.WorkingDir ?? "",
  Entrypoint: record.config.Entrypoint ?? null,
  OnBuild: record.config.OnBuild ?? null,
  Labels: record.config.Labels ?? {},
  StopSignal: record.config.StopSignal || undefined,
  StopTimeout: options.stopTimeout
})

/**
 * Where the host sees the container's files. Its overlay is in no mount table but its own, so that is a way through its process; the
 * directory that it is mounted at, empty, while it does not run.
 */
const mergedDir = ({ process, status }: ViewedState, paths: ViewedPaths): string =>
  process !== undefined && (status === "running" || status === "paused")
    ? `/proc/${process.pid}/root`
    : paths.merged

/** A container as `docker inspect` shows it, in Docker's order. */
export const make = (record: ViewedRecord, seen: ViewedState, paths: ViewedPaths, looked: Looked) => {
  const { options, volumes, mountpoints, lower, hostname } = looked
  return {
    Id: record.id,
    Created: record.created,
    Path: record.path,
    Args: record.args,
    State: state(seen),
    Image: record.imageId,
    ResolvConfPath: paths.resolvConf,
    HostnamePath: paths.hostname,
    HostsPath: paths.hosts,
    LogPath: paths.log,
    Name: `/${record.name}`,
    RestartCount: seen.restartCount,
    Driver: "overlay2",
    Platform: record.platform,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: HostConfigView.make(record.autoRemove, options, looked.defaultNetwork),
    GraphDriver: {
      Data: {
        ID: record.id,
        LowerDir: lower.join(":"),
        MergedDir: mergedDir(seen, paths),
        UpperDir: paths.upper,
        WorkDir: paths.work
      },
      Name: "overlay2"
    },
    Mounts: mounts(options, volumes, mountpoints),
    Config: config(record, options, hostname),
    NetworkSettings: SettingsView.view({
      container: record.id,
      name: record.name,
      ...looked.network,
      exposed: Object.keys(record.config.ExposedPorts ?? {}),
      namespace: seen.process === undefined ? "" : `/proc/${seen.process.pid}/ns/net`
    })
  }
}
