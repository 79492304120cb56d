import type { ContainerSpec } from "../container/ContainerSpec.js"
import * as Monitor from "./Monitor.js"
import * as Program from "./Program.js"
import * as Root from "./Root.js"
import { because, number } from "./Steps.js"
import * as Streams from "./Streams.js"
import type { Supervision } from "./Supervision.js"

const reason = "policy: an OCI runtime makes the container"

/** The root file system for the runtime, in a mount namespace that ends with the container: nothing in the host's table. */
const mountForRuntime = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  const { call } = because("root", "policy: the host's mounts stay as they are")
  return spec.root._tag === "Directory"
    ? []
    : [call("unshare", [Program.flags("CLONE_NEWNS")]), ...Root.mountRoot(spec)]
}

/**
 * The program that has an OCI runtime create a container: `runtime` is its absolute path, `args` its arguments up to the id (`create`
 * among them). The other half adopts the container when the runtime has ended (it is the nearest subreaper), reports,
 * and becomes its monitor as with {@link Compile.compile}. It exits with the runtime's code when that fails.
 */
export const compileRuntime = (
  spec: ContainerSpec,
  runtime: string,
  args: ReadonlyArray<string>,
  env: ReadonlyArray<string>,
  supervision: Supervision
): Program.Program => {
  const { call, decodeWaitStatus } = because("command", reason)
  const { held } = supervision
  const creator = Program.result("runtime")
  const status = Program.buffer("runtime's wait status", 8)
  return {
    steps: [
      ...Monitor.prelude(supervision),
      call("prctl", [Program.flags("PR_SET_CHILD_SUBREAPER"), number(1)]),
      call("clone", [Program.flags("SIGCHLD")], { store: creator.name, onPositive: "runtime works" }),
      Monitor.onBrokenPipe(call, "default"),
      call("setsid", []),
      ...Streams.openStreams(spec.process),
      ...mountForRuntime(spec),
      ...(held === undefined
        ? []
        : [call("close_range", [number(held.first), number(held.first + held.count - 1), number(0)])]),
      call("umask", [number(0o022)]),
      call("execve", [Program.text(runtime), Program.texts(args), Program.texts(env)]),
      call("wait4", [creator, status, Program.flags("__WALL")], { label: "runtime works" }),
      decodeWaitStatus(status, { store: "runtime's exit code", onZero: "monitor" }),
      call("exit_group", [Program.result("runtime's exit code")]),
      // The only child that is left is the container's process 1.
      ...Monitor.monitor("monitor", supervision, creator, spec.statusFile, number(-1))
    ]
  }
}
