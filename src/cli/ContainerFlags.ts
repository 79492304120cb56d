import * as Either from "effect/Either"
import type { Flags } from "../core/container/Flags.js"
import * as ReadOptions from "../core/container/ReadOptions.js"
import * as Flag from "./Flag.js"
import { texts } from "./Values.js"

/** What one value means for a flag is checked where the flag stands; whatever depends on others comes later. */
const checked =
  (name: string) =>
  (text: string): Either.Either<string, string> =>
    Either.match(
      ReadOptions.read({ [name]: [text] }, [], { environment: {}, workingDirectory: "/", files: {} }),
      {
        onLeft: (fault) =>
          fault.reason === "Argument"
            ? Either.left(fault.message.slice(fault.message.indexOf(" flag: ") + " flag: ".length))
            : Either.right(text),
        onRight: () => Either.right(text)
      }
    )

const one = (name: string, type: string, help: string, short?: string) =>
  Flag.value(name, { help, type, ...(short === undefined ? {} : { short }) }, checked(name))
const many = (name: string, type: string, help: string, short?: string) =>
  Flag.values(name, { help, type, ...(short === undefined ? {} : { short }) }, checked(name))
const toggle = (name: string, help: string, short?: string) =>
  Flag.maybeToggle(name, { help, ...(short === undefined ? {} : { short }) })

/** The flags that describe a container: those of `create`, which `run` has too. Source: docker/cli, addFlags. */
export const flags = {
  addHost: many("add-host", "list", "Add a custom host-to-IP mapping (host:ip)"),
  annotation: many("annotation", "map", "Add an annotation to the container"),
  blkioWeight: one(
    "blkio-weight",
    "uint16",
    "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)"
  ),
  blkioWeightDevice: many("blkio-weight-device", "list", "Block IO weight (relative device weight)"),
  capAdd: many("cap-add", "list", "Add Linux capabilities"),
  capDrop: many("cap-drop", "list", "Drop Linux capabilities"),
  cgroupParent: one("cgroup-parent", "string", "Optional parent cgroup for the container"),
  cgroupns: one("cgroupns", "string", "Cgroup namespace to use (host|private)"),
  cpuPeriod: one("cpu-period", "int", "Limit CPU CFS (Completely Fair Scheduler) period"),
  cpuQuota: one("cpu-quota", "int", "Limit CPU CFS (Completely Fair Scheduler) quota"),
  cpuRtPeriod: one("cpu-rt-period", "int", "Limit CPU real-time period in microseconds"),
  cpuRtRuntime: one("cpu-rt-runtime", "int", "Limit CPU real-time runtime in microseconds"),
  cpuShares: one("cpu-shares", "int", "CPU shares (relative weight)", "c"),
  cpus: one("cpus", "decimal", "Number of CPUs"),
  cpusetCpus: one("cpuset-cpus", "string", "CPUs in which to allow execution (0-3, 0,1)"),
  cpusetMems: one("cpuset-mems", "string", "MEMs in which to allow execution (0-3, 0,1)"),
  device: many("device", "list", "Add a host device to the container"),
  deviceCgroupRule: many("device-cgroup-rule", "list", "Add a rule to the cgroup allowed devices list"),
  deviceReadBps: many("device-read-bps", "list", "Limit read rate (bytes per second) from a device"),
  deviceReadIops: many("device-read-iops", "list", "Limit read rate (IO per second) from a device"),
  deviceWriteBps: many("device-write-bps", "list", "Limit write rate (bytes per second) to a device"),
  deviceWriteIops: many("device-write-iops", "list", "Limit write rate (IO per second) to a device"),
  dns: many("dns", "list", "Set custom DNS servers"),
  dnsOption: many("dns-option", "list", "Set DNS options"),
  dnsSearch: many("dns-search", "list", "Set custom DNS search domains"),
  domainname: one("domainname", "string", "Container NIS domain name"),
  entrypoint: one("entrypoint", "string", "Overwrite the default ENTRYPOINT of the image"),
  env: many("env", "list", "Set environment variables", "e"),
  envFile: many("env-file", "list", "Read in a file of environment variables"),
  expose: many("expose", "list", "Expose a port or a range of ports"),
  groupAdd: many("group-add", "list", "Add additional groups to join"),
  healthCmd: one("health-cmd", "string", "Command to run to check health"),
  healthInterval: one(
    "health-interval",
    "duration",
    "Time between running the check (ms|s|m|h) (default 0s)"
  ),
  healthRetries: Flag.integer("health-retries", { help: "Consecutive failures needed to report unhealthy" }),
  healthStartInterval: one(
    "health-start-interval",
    "duration",
    "Time between running the check during the start period (ms|s|m|h) (default 0s)"
  ),
  healthStartPeriod: one(
    "health-start-period",
    "duration",
    "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)"
  ),
  healthTimeout: one(
    "health-timeout",
    "duration",
    "Maximum time to allow one check to run (ms|s|m|h) (default 0s)"
  ),
  hostname: one("hostname", "string", "Container host name", "h"),
  init: toggle("init", "Run an init inside the container that forwards signals and reaps processes"),
  interactive: toggle("interactive", "Keep STDIN open even if not attached", "i"),
  ip: one("ip", "string", "IPv4 address (e.g., 172.30.100.104)"),
  ip6: one("ip6", "string", "IPv6 address (e.g., 2001:db8::33)"),
  ipc: one("ipc", "string", "IPC mode to use"),
  label: many("label", "list", "Set meta data on a container", "l"),
  labelFile: many("label-file", "list", "Read in a line delimited file of labels"),
  link: many("link", "list", "Add link to another container"),
  logDriver: one("log-driver", "string", "Logging driver for the container"),
  logOpt: many("log-opt", "list", "Log driver options"),
  macAddress: one("mac-address", "string", "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
  memory: one("memory", "bytes", "Memory limit", "m"),
  memoryReservation: one("memory-reservation", "bytes", "Memory soft limit"),
  memorySwap: one(
    "memory-swap",
    "bytes",
    "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"
  ),
  memorySwappiness: one("memory-swappiness", "int", "Tune container memory swappiness (0 to 100)"),
  mount: many("mount", "mount", "Attach a filesystem mount to the container"),
  network: many("network", "network", "Connect a container to a network"),
  networkAlias: many("network-alias", "list", "Add network-scoped alias for the container"),
  networkOld: Flag.texts("net", { help: "Connect a container to a network", hidden: true }),
  noHealthcheck: toggle("no-healthcheck", "Disable any container-specified HEALTHCHECK"),
  oomKillDisable: toggle("oom-kill-disable", "Disable OOM Killer"),
  oomScoreAdj: one("oom-score-adj", "int", "Tune host's OOM preferences (-1000 to 1000)"),
  pid: one("pid", "string", "PID namespace to use"),
  pidsLimit: one("pids-limit", "int", "Tune container pids limit (set -1 for unlimited)"),
  privileged: toggle("privileged", "Give extended privileges to this container"),
  publish: many("publish", "list", "Publish a container's port(s) to the host", "p"),
  publishAll: toggle("publish-all", "Publish all exposed ports to random ports", "P"),
  readOnly: toggle("read-only", "Mount the container's root filesystem as read only"),
  restart: one("restart", "string", 'Restart policy to apply when a container exits (default "no")'),
  rm: toggle("rm", "Automatically remove the container and its associated anonymous volumes when it exits"),
  runtime: one("runtime", "string", "Runtime to use for this container"),
  securityOpt: many("security-opt", "list", "Security Options"),
  shmSize: one("shm-size", "bytes", "Size of /dev/shm"),
  stopSignal: one("stop-signal", "string", "Signal to stop the container"),
  stopTimeout: one("stop-timeout", "int", "Timeout (in seconds) to stop a container"),
  storageOpt: many("storage-opt", "list", "Storage driver options for the container"),
  sysctl: many("sysctl", "map", "Sysctl options"),
  tmpfs: many("tmpfs", "list", "Mount a tmpfs directory"),
  tty: toggle("tty", "Allocate a pseudo-TTY", "t"),
  ulimit: many("ulimit", "ulimit", "Ulimit options"),
  user: one("user", "string", "Username or UID (format: <name|uid>[:<group|gid>])", "u"),
  userns: one("userns", "string", "User namespace to use"),
  uts: one("uts", "string", "UTS namespace to use"),
  volume: many("volume", "list", "Bind mount a volume", "v"),
  volumesFrom: many("volumes-from", "list", "Mount volumes from the specified container(s)"),
  workdir: one("workdir", "string", "Working directory inside the container", "w")
} as const

/** How the container is made rather than what it is; its name and the file for its id are of this one alone. */
export const making = {
  cidfile: Flag.text("cidfile", { help: "Write the container ID to the file" }),
  name: Flag.text("name", { help: "Assign a name to the container" }),
  platform: Flag.text("platform", { help: "Set platform if server is multi-platform capable" }),
  pull: Flag.text("pull", {
    help: 'Pull image before running ("always", "missing", "never")',
    shown: '"missing"'
  }),
  quiet: Flag.toggle("quiet", { short: "q", help: "Suppress the pull output" })
} as const

type Given = { readonly [Key in keyof typeof flags]: unknown }

/** The values as the core reads them. */
export const given = (values: Partial<Given>): Flags => texts(flags, values)
