import * as Effect from "effect/Effect"
import { binarySize } from "../../core/display/Size.js"
import { look } from "../../edge/host/Machine.js"
import * as NetworkMeans from "../../edge/host/NetworkMeans.js"
import { StoreRoot } from "../../edge/store/StoreRoot.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { countStore } from "../../engine/CountStore.js"
import { version } from "../../version.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { filled } from "../Filled.js"
import * as FormatFlag from "../FormatFlag.js"

/** Everything `info` knows, by the names that Docker's templates use. */
const facts = Effect.gen(function* () {
  const { paths, identity } = yield* StoreRoot
  const counted = yield* countStore
  const means = yield* Effect.sync(() => NetworkMeans.find(identity === "root" ? "Same" : "Own"))
  const machine = yield* Effect.sync(look)
  return {
    Containers: counted.containers,
    ContainersRunning: counted.running,
    ContainersPaused: counted.paused,
    ContainersStopped: counted.stopped,
    Images: counted.images,
    ServerVersion: version,
    Driver: "overlay2",
    LoggingDriver: "json-file",
    CgroupDriver: "cgroupfs",
    CgroupVersion: machine.cgroupVersion,
    Runtimes: ["native"],
    DefaultRuntime: "native",
    DefaultNetwork: means === "host" ? "host" : "bridge",
    NetworkMeans: means,
    SecurityOptions: ["name=seccomp,profile=builtin", ...(identity === "root" ? [] : ["name=rootless"])],
    KernelVersion: machine.kernelVersion,
    OperatingSystem: machine.operatingSystem,
    OSType: "linux",
    Architecture: machine.architecture,
    NCPU: machine.cpus,
    MemTotal: machine.memory_bytes,
    Name: machine.name,
    DockerRootDir: paths.root
  }
})

/** What carries its packets, or what is missing. */
const note = (means: string): string =>
  means === "host"
    ? " (an ordinary user's own networks need pasta or slirp4netns, root's need CAP_NET_ADMIN)"
    : means === "bridge"
      ? ""
      : ` (by ${means})`

const text = (info: Effect.Effect.Success<typeof facts>) =>
  `${[
    "Kasane:",
    ` Containers: ${info.Containers}`,
    `  Running: ${info.ContainersRunning}`,
    `  Paused: ${info.ContainersPaused}`,
    `  Stopped: ${info.ContainersStopped}`,
    ` Images: ${info.Images}`,
    ` Version: ${info.ServerVersion}`,
    ` Storage Driver: ${info.Driver}`,
    ` Logging Driver: ${info.LoggingDriver}`,
    ` Cgroup Driver: ${info.CgroupDriver}`,
    ` Cgroup Version: ${info.CgroupVersion}`,
    ` Runtimes: ${info.Runtimes.join(" ")}`,
    ` Default Runtime: ${info.DefaultRuntime}`,
    ` Default Network: ${info.DefaultNetwork}`,
    ` Default Network: ${info.DefaultNetwork}${note(info.NetworkMeans)}`,
    " Security Options:",
    ...info.SecurityOptions.map(
      (option) => `  ${option.replace(/^name=/, "").replace(",profile=", " profile: ")}`
    ),
    ` Kernel Version: ${info.KernelVersion}`,
    ` Operating System: ${info.OperatingSystem}`,
    ` OSType: ${info.OSType}`,
    ` Architecture: ${info.Architecture}`,
    ` CPUs: ${info.NCPU}`,
    ` Total Memory: ${binarySize(info.MemTotal)}`,
    ` Name: ${info.Name}`,
    ` Root Dir: ${info.DockerRootDir}`
  ].join("\n")}\n`

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: { format: FormatFlag.ofThing },
  run: ({ format }) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const info = yield* facts
      const told =
        format === undefined ? text(info) : yield* filled(format, info, { type: "system.dockerInfo" })
      yield* terminal.out(told)
      return 0
    })
})
