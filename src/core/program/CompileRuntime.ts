import type { ContainerSpec } from "../container/ContainerSpec.js"
import * as Monitor from "./Monitor.js"
import * as Namespaces from "./Namespaces.js"
import * as Program from "./Program.js"
import * as Root from "./Root.js"
import { because, number } from "./Steps.js"
import * as Streams from "./Streams.js"
import type { Supervision } from "./Supervision.js"
import { landing } from "./Target.js"

const reason = "policy: an OCI runtime makes the container"

/** The root file system for the runtime, in a mount namespace that ends with the container: nothing in the host's table. */
const mountForRuntime = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  const { call } = because("root", "policy: the host's mounts stay as they are")
  return spec.root._tag === "Directory"
    ? []
    : [call("unshare", [Program.flags("CLONE_NEWNS")]), ...Root.mountRoot(spec)]
}

/** The socket at which the runtime hands a terminal over, in the directory of the bundle. */
export const consoleName = "console"

/** What the runtime is told, and where. */
export interface RuntimeCall {
  /** Absolute path of the runtime. */
  readonly command: string
  /** All of its arguments, its name first. */
  readonly args: ReadonlyArray<string>
  readonly env: ReadonlyArray<string>
  /** Its working directory. */
  readonly bundle: string
}

/**
 * In a user namespace of its own, for an ordinary user: the overlay needs that, and the runtime runs as its root. The starter is told of the process
 * that waits for its maps.
 */
const enterUser = ({ namespaces }: ContainerSpec, supervision: Supervision): ReadonlyArray<Program.Step> =>
  namespaces.user._tag === "New"
    ? [
        ...Namespaces.waitAtGate(supervision.gate, "policy: the id maps are written from outside"),
        ...Namespaces.becomeRoot(namespaces.user)
      ]
    : []

/**
 * The program that has an OCI runtime create a container. The other half adopts the container when the runtime has ended (it is the nearest
 * subreaper), passes its terminal on, reports, and becomes its monitor as with {@link Compile.compile}. It exits with the runtime's
 * code when that fails.
 */
export const compileRuntime = (
  spec: ContainerSpec,
  { command, args, env, bundle }: RuntimeCall,
  supervision: Supervision
): Program.Program => {
  const { call, decodeWaitStatus } = because("command", reason)
  const { held } = supervision
  const { terminal } = spec.process
  const creator = Program.result("runtime")
  const status = Program.buffer("runtime's wait status", 8)
  const isMapped = spec.namespaces.user._tag === "New"
  return {
    steps: [
      ...Monitor.prelude(supervision),
      call("chdir", [Program.text(bundle)]),
      ...(terminal === undefined ? [] : Streams.awaitConsole(consoleName)),
      call("prctl", [Program.flags("PR_SET_CHILD_SUBREAPER"), number(1)]),
      call("clone", [Program.flags(...(isMapped ? (["CLONE_NEWUSER"] as const) : []), "SIGCHLD")], {
        store: creator.name,
        onPositive: "runtime works"
      }),
      ...enterUser(spec, supervision),
      Monitor.onBrokenPipe(call, "default"),
      call("setsid", []),
      ...Streams.openStreams(spec.process),
      ...mountForRuntime(spec),
      ...(held === undefined
        ? []
        : [call("close_range", [number(held.first), number(held.first + held.count - 1), number(0)])]),
      call("umask", [number(0o022)]),
      call("execve", [Program.text(command), Program.texts(args), Program.texts(env)]),
      landing(because("command", reason), "runtime works"),
      // The starter writes its id maps; that the runtime has done its work is told later.
      ...(isMapped ? Monitor.tell("maps are wanted", creator) : []),
      call("wait4", [creator, status, Program.flags("__WALL")]),
      decodeWaitStatus(status, { store: "runtime's exit code", onZero: "runtime is done" }),
      call("exit_group", [Program.result("runtime's exit code")]),
      call("chdir", [Program.text("/")], { label: "runtime is done" }),
      ...(terminal?._tag === "Socket" ? Streams.passConsole(terminal.fd) : []),
      // The only child that is left is the container's process 1.
      ...Monitor.monitor("monitor", supervision, creator, spec.statusFile, number(-1))
    ]
  }
}
