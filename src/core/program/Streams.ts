import type { ContainerProcess, Stream, Terminal } from "../container/ContainerProcess.js"
import type { ContainerSpec } from "../container/ContainerSpec.js"
import { walkArguments } from "./Descriptor.js"
import * as Devices from "./Devices.js"
import { mountedAt } from "./Mounts.js"
import * as Program from "./Program.js"
import { because, here, itself, number } from "./Steps.js"

const S_IFREG = 0o100000
const DEVPTS_SUPER_MAGIC = 0x1cd1

const AF_UNIX = 1

const names = ["stdin", "stdout", "stderr"] as const

type StreamName = (typeof names)[number]

const master = Program.result("terminal master")
const slave = Program.result("terminal slave")

const open = (process: ContainerProcess, name: StreamName, fd: number): ReadonlyArray<Program.Step> => {
  const stream: Stream = process[name]
  const { call } = because("stdio", `policy: ${name} of the container`)
  const opened = Program.result(name)
  const place = (source: Program.Result) => call("dup3", [source, number(fd), number(0)])
  switch (stream._tag) {
    case "Inherited":
    case "Terminal":
      return []
    case "Null":
      return [
        call("openat", [here, Program.text("/dev/null"), Program.flags("O_RDWR", "O_CLOEXEC")], {
          store: name
        }),
        place(opened)
      ]
    case "Path":
      // For reading and writing, so that neither this blocks nor a reader that dies ends the container.
      return [
        call("openat", [here, Program.text(stream.path), Program.flags("O_RDWR", "O_NOCTTY", "O_CLOEXEC")], {
          store: name
        }),
        place(opened)
      ]
  }
}

/** Opens the streams that are paths of the host, while the host's paths are in reach. */
export const openStreams = (process: ContainerProcess): ReadonlyArray<Program.Step> =>
  names.flatMap((name, fd) => open(process, name, fd))

/** Which of 0, 1, 2 are the terminal. */
const terminalFds = (process: ContainerProcess): ReadonlyArray<number> =>
  names.flatMap((name, fd) => (process[name]._tag === "Terminal" ? [fd] : []))

/** A msghdr with one piece of data and one control message. */
const message = (
  data: Program.Text | Program.Buffer,
  size_bytes: number,
  control: Program.Struct | Program.Buffer
): Program.Struct =>
  Program.struct(
    Program.u64(0),
    Program.u64(0),
    Program.pointer(Program.struct(Program.pointer(data), Program.u64(size_bytes))),
    Program.u64(1),
    Program.pointer(control),
    Program.u64(24),
    Program.u64(0)
  )

/** A message that carries one descriptor. */
const rightsMessage = (fd: Program.Result): Program.Struct =>
  message(
    Program.text("p"),
    1,
    // cmsg_len covers 16 bytes of header and 4 of the descriptor; SOL_SOCKET, SCM_RIGHTS.
    Program.struct(Program.u64(20), Program.u32(1), Program.u32(1), Program.saved(fd.name))
  )

const listener = Program.result("console listener")

const addressOf = (path: string): readonly [address: Program.Struct, size_bytes: number] => {
  const bytes = new TextEncoder().encode(`${path}\0`)
  return [Program.struct(Program.u16(AF_UNIX), Program.bytes(bytes)), bytes.length + 2]
}

/** Listens at a socket, by a path from the working directory, for an OCI runtime to hand a terminal's master over. */
export const awaitConsole = (path: string): ReadonlyArray<Program.Step> => {
  const { call } = because("terminal", "flag -t: the runtime makes the terminal")
  const [address, size_bytes] = addressOf(path)
  return [
    // Only this user may connect.
    call("umask", [number(0o177)]),
    call("socket", [Program.flags("AF_UNIX"), Program.flags("SOCK_STREAM", "SOCK_CLOEXEC"), number(0)], {
      store: listener.name
    }),
    call("bind", [listener, address, number(size_bytes)]),
    call("listen", [listener, number(1)]),
    call("umask", [number(0)])
  ]
}

/** Passes the master that the runtime handed over on to the relay, whose socket is `socket`: the control message goes as it came. */
export const passConsole = (socket: number): ReadonlyArray<Program.Step> => {
  const { call } = because("terminal", "flag -t: the runtime makes the terminal")
  const control = Program.buffer("console rights", 24)
  const text = Program.buffer("console name", 64)
  const connection = Program.result("console connection")
  return [
    call("accept4", [listener, number(0), number(0), Program.flags("SOCK_CLOEXEC")], {
      store: connection.name
    }),
    call("recvmsg", [connection, message(text, 64, control), number(0)]),
    call("sendmsg", [number(socket), message(Program.text("p"), 1, control), number(0)])
  ]
}

/**
 * A pseudo terminal of the container's devpts, opened through `ptmx`; its master goes to whoever holds the socket's
 * other end. The slave is asked of the master, so no path is trusted.
 */
const openPair = (socket: Program.Value, ptmx: Program.Step): ReadonlyArray<Program.Step> => {
  const { call, subtract, fail } = because("terminal", "flag -t: a terminal of the container's own")
  const statfs = Program.buffer("terminal file system", 128)
  return [
    ptmx,
    call("fstatfs", [master, statfs]),
    subtract(Program.result(statfs.name), number(DEVPTS_SUPER_MAGIC), { onZero: "terminal is one" }),
    // ENODEV: what is mounted there is no devpts.
    fail(number(-19)),
    call("ioctl", [master, Program.flags("TIOCSPTLCK"), Program.struct(Program.u32(0))], {
      label: "terminal is one"
    }),
    call("ioctl", [master, Program.flags("TIOCGPTPEER"), Program.flags("O_RDWR", "O_NOCTTY", "O_CLOEXEC")], {
      store: slave.name
    }),
    call("sendmsg", [socket, rightsMessage(master), number(0)]),
    call("close", [socket]),
    call("close", [master])
  ]
}

const adopt = (process: ContainerProcess, source: Program.Value): ReadonlyArray<Program.Step> => {
  const { call } = because("terminal", "flag -t: it becomes the controlling terminal")
  const size = process.terminalSize
  const { uid } = process.identity
  return [
    ...(size === undefined
      ? []
      : [
          call("ioctl", [
            source,
            Program.flags("TIOCSWINSZ"),
            Program.struct(Program.u16(size.rows), Program.u16(size.columns), Program.u16(0), Program.u16(0))
          ])
        ]),
    ...(uid === 0 ? [] : [call("fchown", [source, number(uid), number(-1)])]),
    call("ioctl", [source, Program.flags("TIOCSCTTY"), number(0)]),
    ...terminalFds(process).map((fd) => call("dup3", [source, number(fd), number(0)]))
  ]
}

/** /dev/console is the terminal, bound by its descriptor. */
const bindConsole = (source: Program.Value): ReadonlyArray<Program.Step> => {
  const { call } = because("terminal", "policy: Docker binds the terminal to /dev/console")
  const dev = mountedAt("/dev")
  const console_ = Program.result("console")
  const clone = Program.result("console clone")
  return [
    call("mknodat", [dev, Program.text("console"), number(S_IFREG | 0o600), number(0)], {
      tolerate: ["EEXIST"]
    }),
    call("openat2", walkArguments(dev, "console", "this mount", "O_PATH"), { store: console_.name }),
    call(
      "open_tree",
      [source, itself, Program.flags("AT_EMPTY_PATH", "OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC")],
      { store: clone.name }
    ),
    call("move_mount", [
      clone,
      itself,
      console_,
      itself,
      Program.flags("MOVE_MOUNT_F_EMPTY_PATH", "MOVE_MOUNT_T_EMPTY_PATH")
    ])
  ]
}

const consoleSocket = Program.result("console socket")

/** Connects to the socket that takes a terminal's master, while the host's paths are in reach. Source: unix(7). */
export const connectConsole = ({ terminal }: ContainerProcess): ReadonlyArray<Program.Step> => {
  if (terminal?._tag !== "Console") return []
  const { call } = because("terminal", "flag --console-socket: who relays the terminal")
  const [address, size_bytes] = addressOf(terminal.path)
  return [
    call("socket", [Program.flags("AF_UNIX"), Program.flags("SOCK_STREAM", "SOCK_CLOEXEC"), number(0)], {
      store: consoleSocket.name
    }),
    call("connect", [consoleSocket, address, number(size_bytes)])
  ]
}

/** Where the master goes; undefined when the starter has it already. */
const socketOf = (terminal: Terminal): Program.Value | undefined => {
  switch (terminal._tag) {
    case "Slave":
      return undefined
    case "Socket":
      return number(terminal.fd)
    case "Console":
      return consoleSocket
  }
}

/** The terminal of a container that is being set up: by the devpts mounted at /dev/pts. */
export const openTerminal = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  const { process } = spec
  const { terminal } = process
  if (terminal === undefined) return []
  const { call } = because("terminal", "flag -t: a terminal of the container's own")
  const ptmx = call(
    "openat",
    [mountedAt("/dev/pts"), Program.text("ptmx"), Program.flags("O_RDWR", "O_NOCTTY", "O_CLOEXEC")],
    { store: master.name }
  )
  const source = terminal._tag === "Slave" ? number(terminal.fd) : slave
  const socket = socketOf(terminal)
  return [
    ...(socket === undefined ? [] : openPair(socket, ptmx)),
    ...adopt(process, source),
    // A slave of the host's devpts is in a mount that is not the container's, and cannot be bound.
    ...(terminal._tag === "Slave" || Devices.isForeign(spec) ? [] : bindConsole(source))
  ]
}

/** The terminal of one more process in a running container: by the container's /dev/pts, which is checked. */
export const openTerminalOfExec = (process: ContainerProcess): ReadonlyArray<Program.Step> => {
  const { terminal } = process
  if (terminal === undefined) return []
  const { call } = because("terminal", "flag -t: a terminal of the container's own")
  const ptmx = call(
    "openat",
    [here, Program.text("/dev/pts/ptmx"), Program.flags("O_RDWR", "O_NOCTTY", "O_CLOEXEC")],
    { store: master.name }
  )
  const socket = socketOf(terminal)
  return [
    ...(socket === undefined ? [] : openPair(socket, ptmx)),
    ...adopt(process, terminal._tag === "Slave" ? number(terminal.fd) : slave)
  ]
}
