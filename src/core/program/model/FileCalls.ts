import * as Flag from "../Flag.js"
import * as FileSystem from "./FileSystem.js"
import * as Kernel from "./Kernel.js"
import type { Place } from "./MountTable.js"
import * as Mounts from "./MountTable.js"
import * as Task from "./Task.js"
import * as Values from "./Values.js"

const flag = Flag.numberOf
const S_IFMT = 0o170000
const S_IFREG = 0o100000
const EEXIST = -17n
const allSeals = 15n

const opened = (call: Kernel.Call, place: Place, flags: number): bigint =>
  Task.open(call.task, { _tag: "Place", place, flags }, (flags & flag("O_CLOEXEC", "amd64")) !== 0)

const checked = (call: Kernel.Call, place: Place | number, flags: number): bigint => {
  if (typeof place === "number") return BigInt(place)
  const wantsDirectory = (flags & flag("O_DIRECTORY", call.kernel.architecture)) !== 0
  if (wantsDirectory && Mounts.entryAt(place)?._tag !== "Directory") return BigInt(Mounts.errors.ENOTDIR)
  return opened(call, place, flags)
}

const openat: Kernel.Handler = (call) => {
  const flags = Number(Kernel.number(call, 2))
  const path = Kernel.text(call, 1) ?? ""
  if (path === "/proc/self/exe" && call.task.executable === "sealed") {
    return Task.open(call.task, { _tag: "Memory", seals: Number(allSeals) }, true)
  }
  const follow = (flags & flag("O_NOFOLLOW", call.kernel.architecture)) === 0
  const place = Kernel.placeOf(call, 0, { ...Mounts.ordinary, follow })
  if (place === Mounts.errors.ENOENT && (flags & flag("O_CREAT", "amd64")) !== 0) {
    return Task.open(call.task, { _tag: "Opaque", what: path }, true)
  }
  return checked(call, place, flags)
}

/** With RESOLVE_IN_ROOT the starting directory is the root of the walk. */
const openat2: Kernel.Handler = (call) => {
  const [flags = 0n, , resolve = 0n] = Kernel.numbers(call, 2)
  const asks = (name: Flag.FlagName) => (resolve & BigInt(flag(name, "amd64"))) !== 0n
  const start = Kernel.startOf(call, 0)
  if (start === undefined) return Kernel.EBADF
  const bounded = asks("RESOLVE_IN_ROOT") || asks("RESOLVE_BENEATH")
  const place = Mounts.walk(
    call.kernel.mounts,
    start,
    bounded ? start : call.task.root,
    Kernel.text(call, 1) ?? "",
    {
      follow: true,
      noSymlinks: asks("RESOLVE_NO_SYMLINKS"),
      noCrossing: asks("RESOLVE_NO_XDEV"),
      beneath: asks("RESOLVE_BENEATH")
    }
  )
  return checked(call, place, Number(flags))
}

/** Makes a name in a directory given by descriptor. Names of several parts are walked first. */
const create = (call: Kernel.Call, directoryIndex: number, path: string, entry: FileSystem.Entry): bigint => {
  const start = Kernel.startOf(call, directoryIndex)
  if (start === undefined) return Kernel.EBADF
  const above = FileSystem.parent(path)
  const place =
    above === "" ? start : Mounts.walk(call.kernel.mounts, start, call.task.root, above, Mounts.ordinary)
  if (typeof place === "number") return BigInt(place)
  const name = FileSystem.join(place.path, path.slice(path.lastIndexOf("/") + 1))
  if (place.mount.fileSystem.entries.has(name)) return EEXIST
  place.mount.fileSystem.entries.set(name, entry)
  return 0n
}

const mkdirat: Kernel.Handler = (call) => create(call, 0, Kernel.text(call, 1) ?? "", { _tag: "Directory" })

const mknodat: Kernel.Handler = (call) => {
  const isFile = (Number(Kernel.number(call, 2)) & S_IFMT) === S_IFREG
  if (!isFile && call.task.namespaces.has("user")) return Kernel.EPERM
  const node = { _tag: "Device" as const, number: Number(Kernel.number(call, 3)) }
  return create(call, 0, Kernel.text(call, 1) ?? "", isFile ? { _tag: "File" } : node)
}

const symlinkat: Kernel.Handler = (call) =>
  create(call, 1, Kernel.text(call, 2) ?? "", { _tag: "Link", target: Kernel.text(call, 0) ?? "" })

const close: Kernel.Handler = ({ task, ...call }) =>
  task.descriptors.delete(Number(Kernel.number({ task, ...call }, 0))) ? 0n : Kernel.EBADF

const closeRange: Kernel.Handler = (call) => {
  const [from, to] = [Number(Kernel.number(call, 0)), Number(Kernel.number(call, 1))]
  const onlyMark = Kernel.has(call, 2, flag("CLOSE_RANGE_CLOEXEC", "amd64"))
  for (const [fd, descriptor] of [...call.task.descriptors]) {
    if (fd < from || fd > to) continue
    if (onlyMark) call.task.descriptors.set(fd, { ...descriptor, closeOnExec: true })
    else call.task.descriptors.delete(fd)
  }
  return 0n
}

const dup3: Kernel.Handler = (call) => {
  const source = call.task.descriptors.get(Number(Kernel.number(call, 0)))
  if (source === undefined) return Kernel.EBADF
  const closeOnExec = Kernel.has(call, 2, flag("O_CLOEXEC", "amd64"))
  call.task.descriptors.set(Number(Kernel.number(call, 1)), { ...source, closeOnExec })
  return Kernel.number(call, 1)
}

const fcntl: Kernel.Handler = (call) => {
  const fd = Number(Kernel.number(call, 0))
  const descriptor = call.task.descriptors.get(fd)
  if (descriptor === undefined) return Kernel.EBADF
  const memory = descriptor.description._tag === "Memory" ? descriptor.description : undefined
  switch (Number(Kernel.number(call, 1))) {
    case flag("F_GET_SEALS", "amd64"):
      return memory === undefined ? Kernel.EINVAL : BigInt(memory.seals)
    case flag("F_ADD_SEALS", "amd64"):
      if (memory === undefined) return Kernel.EINVAL
      memory.seals |= Number(Kernel.number(call, 2))
      return 0n
    case flag("F_SETFD", "amd64"):
      call.task.descriptors.set(fd, {
        ...descriptor,
        closeOnExec: Kernel.has(call, 2, flag("FD_CLOEXEC", "amd64"))
      })
      return 0n
    default:
      return Kernel.EINVAL
  }
}

const memfdCreate: Kernel.Handler = (call) =>
  Task.open(call.task, { _tag: "Memory", seals: 0 }, Kernel.has(call, 1, flag("MFD_CLOEXEC", "amd64")))

/** Writes are remembered by what was opened, so that tests see limits, maps and parameters. */
const write: Kernel.Handler = (call) => {
  const to = Kernel.description(call, 0)
  if (to === undefined) return Kernel.EBADF
  const data = Kernel.text(call, 1)
  if (to._tag === "Place" && data !== undefined) {
    const { mount, path } = to.place
    call.task.written.set(`${mount.fileSystem.type}:${path}`, data)
  }
  return Kernel.number(call, 2)
}

/** The gate opens with one byte. */
const read: Kernel.Handler = (call) => (Kernel.description(call, 0) === undefined ? Kernel.EBADF : 1n)

const chdir: Kernel.Handler = (call) => {
  const place = Mounts.walk(
    call.kernel.mounts,
    call.task.workingDirectory,
    call.task.root,
    Kernel.text(call, 0) ?? "",
    Mounts.ordinary
  )
  if (typeof place === "number") return BigInt(place)
  if (Mounts.entryAt(place)?._tag !== "Directory") return BigInt(Mounts.errors.ENOTDIR)
  call.task.workingDirectory = place
  return 0n
}

const fchdir: Kernel.Handler = (call) => {
  const place = Kernel.startOf(call, 0)
  if (place === undefined) return Kernel.EBADF
  call.task.workingDirectory = place
  return 0n
}

/** True when the working directory can be reached from the root upwards. */
export const isReachable = ({ root, workingDirectory }: Task.Task): boolean => {
  const seen = new Set<number>()
  for (let place: Place | undefined = workingDirectory; place !== undefined; place = place.mount.at) {
    if (place.mount === root.mount) return true
    if (seen.has(place.mount.id)) return false
    seen.add(place.mount.id)
  }
  return false
}

const getcwd: Kernel.Handler = (call) => {
  const [buffer] = call.arguments
  if (buffer?._tag !== "Buffer") return Kernel.EINVAL
  const path = `${isReachable(call.task) ? "" : "(unreachable)"}/${call.task.workingDirectory.path}\0\0\0\0\0\0\0\0`
  Values.bufferOf(call.task, buffer).set(new TextEncoder().encode(path).subarray(0, buffer.size_bytes))
  return BigInt(path.length)
}

/** f_type of statfs(2), where something depends on it. */
const magics: Readonly<Record<string, bigint>> = { devpts: 0x1cd1n, proc: 0x9fa0n }

const fstatfs: Kernel.Handler = (call) => {
  const [, buffer] = call.arguments
  const at = Kernel.description(call, 0)
  if (buffer?._tag !== "Buffer" || at?._tag !== "Place") return Kernel.EINVAL
  const magic = magics[at.place.mount.fileSystem.type] ?? 0xef53n
  new DataView(Values.bufferOf(call.task, buffer).buffer).setBigInt64(0, magic, true)
  return 0n
}

const succeed: Kernel.Handler = () => 0n

const sendfile: Kernel.Handler = (call) => Kernel.number(call, 3)

/** Calls on files and descriptors. */
export const handlers = {
  openat,
  openat2,
  mkdirat,
  mknodat,
  symlinkat,
  close,
  close_range: closeRange,
  dup3,
  fcntl,
  memfd_create: memfdCreate,
  sendfile,
  write,
  read,
  chdir,
  fchdir,
  getcwd,
  fstatfs,
  fchownat: succeed,
  fchmodat: succeed,
  fchown: succeed,
  fchmod: succeed,
  renameat2: succeed,
  unlinkat: succeed,
  faccessat: succeed,
  sendmsg: succeed,
  syncfs: succeed
} as const satisfies Record<string, Kernel.Handler>
