import * as fs from "node:fs"
import * as net from "node:net"
import * as DescriptorSocket from "./DescriptorSocket.js"
import { address, bind, SystemCallError } from "./Libc.js"

/** What a descriptor of the child is: nothing (/dev/null for the first three), a socket to this process, or one of ours. */
export type Channel = "ignore" | "pipe" | number

/** A child process. */
export interface Child {
  readonly pid: number
  /** Our ends of the `pipe` channels, by the child's descriptor. */
  readonly pipes: ReadonlyMap<number, net.Socket>
  /** Calls `tell` once with how the child ended, also when it has ended already. */
  readonly onEnd: (tell: (end: End) => void) => void
  /** Lets this process end although the child runs. */
  readonly unref: () => void
}

/** Exactly one of them is there. */
export interface End {
  readonly exitCode: number | undefined
  readonly signal: number | undefined
}

const SETSIGDEF = 0x04
const SETSIGMASK = 0x08
const SETSID = 0x80
const WNOHANG = 1
/** Room for glibc's and musl's `posix_spawnattr_t`, `posix_spawn_file_actions_t` and `sigset_t`. */
const room_bytes = 512

const endOf = (status: number): End =>
  (status & 0x7f) === 0
    ? { exitCode: (status >> 8) & 0xff, signal: undefined }
    : { exitCode: undefined, signal: status & 0x7f }

/** The children that nobody has waited for yet, and who is told of their end. */
const living = new Map<number, (end: End) => void>()

const reap = (): void => {
  const waitpid = bind("int waitpid(int pid, _Out_ uint8_t *status, int options)")
  const status = Buffer.alloc(4)
  for (const [pid, tell] of living) {
    const ended = waitpid(pid, status, WNOHANG)
    if (ended === 0) continue
    living.delete(pid)
    tell(ended === pid ? endOf(status.readInt32LE(0)) : { exitCode: undefined, signal: 9 })
  }
  if (living.size === 0) process.off("SIGCHLD", reap)
}

const watch = (pid: number): Pick<Child, "onEnd" | "unref"> => {
  let end: End | undefined
  const told: Array<(end: End) => void> = []
  // A signal handler alone does not keep the loop going.
  const alive = setInterval(() => {}, 2 ** 31 - 1)
  living.set(pid, (how) => {
    end = how
    clearInterval(alive)
    for (const tell of told) tell(how)
  })
  return {
    onEnd: (tell) => {
      if (end === undefined) told.push(tell)
      else tell(end)
    },
    unref: () => {
      alive.unref()
    }
  }
}

const ok = (error: number, call: string, path?: string): void => {
  if (error !== 0) throw new SystemCallError(call, -error, path)
}

/** The list of what the child does with its descriptors before it executes. */
const fileActions = () => {
  const list = Buffer.alloc(room_bytes)
  ok(bind("int posix_spawn_file_actions_init(_Inout_ uint8_t *list)")(list), "posix_spawn_file_actions_init")
  const dup2 = bind("int posix_spawn_file_actions_adddup2(_Inout_ uint8_t *list, int from, int to)")
  const close = bind("int posix_spawn_file_actions_addclose(_Inout_ uint8_t *list, int fd)")
  const chdir = bind("int posix_spawn_file_actions_addchdir_np(_Inout_ uint8_t *list, const char *path)")
  return {
    list,
    dup2: (from: number, to: number) => ok(dup2(list, from, to), "posix_spawn_file_actions_adddup2"),
    close: (fd: number) => ok(close(list, fd), "posix_spawn_file_actions_addclose"),
    chdir: (path: string) => ok(chdir(list, path), "posix_spawn_file_actions_addchdir_np"),
    destroy: () => bind("int posix_spawn_file_actions_destroy(_Inout_ uint8_t *list)")(list)
  }
}

/** A session of its own, every signal as it is by default, none blocked. */
const attributes = (): Buffer => {
  const made = Buffer.alloc(room_bytes)
  ok(bind("int posix_spawnattr_init(_Inout_ uint8_t *attributes)")(made), "posix_spawnattr_init")
  const flags = bind("int posix_spawnattr_setflags(_Inout_ uint8_t *attributes, short flags)")
  ok(flags(made, SETSIGDEF | SETSIGMASK | SETSID), "posix_spawnattr_setflags")
  const defaults = bind("int posix_spawnattr_setsigdefault(_Inout_ uint8_t *attributes, uint8_t *set)")
  ok(defaults(made, Buffer.alloc(room_bytes, 0xff)), "posix_spawnattr_setsigdefault")
  return made
}

/** Makes the child's descriptors from ours. What lies among the targets is first lifted above all of them. */
const place = (
  { dup2, close }: ReturnType<typeof fileActions>,
  sources: ReadonlyArray<number | undefined>
): void => {
  let next = Math.max(sources.length, ...sources.map((fd) => (fd ?? 0) + 1))
  const from = sources.map((fd) => {
    if (fd === undefined || fd >= sources.length) return fd
    dup2(fd, next)
    return next++
  })
  from.forEach((fd, to) => {
    if (fd === undefined) return
    dup2(fd, to)
    if (fd !== sources[to]) close(fd)
  })
}

/** Runs `use` with a descriptor of the same file that is not among the first `count`. */
const above = <A>(fd: number, count: number, use: (fd: number) => A): A => {
  if (fd >= count) return use(fd)
  const next = fs.openSync(`/proc/self/fd/${fd}`, "r")
  try {
    return above(next, count, use)
  } finally {
    fs.closeSync(next)
  }
}

const words = (...texts: ReadonlyArray<string>) => {
  const bytes = texts.map((text) => Buffer.from(`${text}\0`))
  const list = Buffer.alloc(8 * (texts.length + 1))
  bytes.forEach((text, index) => {
    list.writeBigUInt64LE(address(text), 8 * index)
  })
  return { list, bytes }
}

const execute = (name: string, program: number, sources: ReadonlyArray<number | undefined>): number => {
  const actions = fileActions()
  try {
    place(actions, sources)
    actions.chdir("/")
    const argv = words(name)
    const environment = words()
    const pid = Buffer.alloc(4)
    const spawn = bind(
      "int posix_spawn(_Out_ uint8_t *pid, const char *path, uint8_t *actions, uint8_t *attributes, uint8_t *argv, uint8_t *envp)"
    )
    const error = spawn(
      pid,
      `/proc/self/fd/${program}`,
      actions.list,
      attributes(),
      argv.list,
      environment.list
    )
    ok(argv.bytes.length === 1 ? error : 0, "posix_spawn")
    return pid.readInt32LE(0)
  } finally {
    actions.destroy()
  }
}

/**
 * Executes the file that `program` is open on, as `name`, in `/` and a session of its own, without an environment, and with
 * these descriptors from 0 on; of others it gets what is not close-on-exec, which nothing is that Node opens. Node's own spawn forks, which copies the page tables of a process of a hundred
 * megabytes (5 ms and more, and faults afterwards); posix_spawn(3) shares them until the child executes.
 * Throws {@link SystemCallError}.
 */
export const spawn = (name: string, program: number, channels: ReadonlyArray<Channel>): Child => {
  const theirs: Array<number> = []
  const pipes = new Map<number, net.Socket>()
  const source = (channel: Channel, index: number): number | undefined => {
    if (typeof channel === "number") return channel
    if (channel === "ignore") {
      if (index > 2) return undefined
      const nothing = fs.openSync("/dev/null", "r+")
      theirs.push(nothing)
      return nothing
    }
    const [our, their] = DescriptorSocket.pair()
    theirs.push(their)
    pipes.set(index, new net.Socket({ fd: our, readable: index > 0, writable: true }))
    return their
  }
  if (living.size === 0) process.on("SIGCHLD", reap)
  try {
    const sources = channels.map(source)
    const pid = above(program, sources.length, (fd) => execute(name, fd, sources))
    const watched = watch(pid)
    return { pid, pipes, ...watched }
  } catch (error) {
    for (const pipe of pipes.values()) pipe.destroy()
    throw error
  } finally {
    for (const fd of theirs) fs.closeSync(fd)
    if (living.size === 0) process.off("SIGCHLD", reap)
  }
}
