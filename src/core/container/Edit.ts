import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as PortSpec from "../network/PortSpec.js"
import * as DeviceFlag from "./DeviceFlag.js"
import * as Environment from "./Environment.js"
import type { Flags } from "./Flags.js"
import * as ReadMounts from "./ReadMounts.js"
import { splitHost } from "./ReadNetworks.js"

/** What a container asks for: its flags, settled, and its command. */
export interface Request {
  readonly flags: Flags
  readonly command: ReadonlyArray<string>
}

/** Changes to a request. Flags are by long name. */
export interface Changes {
  /** Laid over those that there are: a list gets more entries, or another one for the same thing. */
  readonly set: Flags
  /** Entries to take from lists, by what they are about ({@link lists}) or as they were written. */
  readonly remove: Flags
  /** Flags to leave to their default. */
  readonly unset: ReadonlyArray<string>
  /** Instead of the command that there is. */
  readonly command: ReadonlyArray<string> | undefined
}

/** A change that cannot be made. */
export class EditError extends Data.TaggedError("EditError")<{ readonly message: string }> {}

const fail = (message: string) => Either.left(new EditError({ message }))

const whole = (text: string): string => text
const upToColon = (text: string): string => text.split(":")[0] ?? text

/** What an entry of each flag that may be given several times is about: a later one about the same replaces it. */
export const lists: Readonly<Record<string, (text: string) => string>> = {
  "add-host": (text) => splitHost(text)[0],
  annotation: Environment.nameOf,
  "blkio-weight-device": upToColon,
  "cap-add": whole,
  "cap-drop": whole,
  device: (text) => Either.getOrUndefined(DeviceFlag.parse(text))?.target ?? text,
  "device-cgroup-rule": whole,
  "device-read-bps": upToColon,
  "device-read-iops": upToColon,
  "device-write-bps": upToColon,
  "device-write-iops": upToColon,
  dns: whole,
  "dns-option": upToColon,
  "dns-search": whole,
  env: Environment.nameOf,
  expose: whole,
  "group-add": whole,
  label: Environment.nameOf,
  link: upToColon,
  "log-opt": Environment.nameOf,
  mount: (text) => ReadMounts.targetOf("mount", text) ?? text,
  "network-alias": whole,
  publish: whole,
  "security-opt": whole,
  sysctl: Environment.nameOf,
  tmpfs: (text) => ReadMounts.targetOf("tmpfs", text) ?? text,
  ulimit: Environment.nameOf,
  volume: (text) => ReadMounts.targetOf("volume", text) ?? text
}

/** Three ways to ask for something at a place in the container. */
const mountFlags = ["mount", "volume", "tmpfs"]

/** The flags among whose entries one of `flag` may be about the same thing. */
const kin = (flag: string): ReadonlyArray<string> => (mountFlags.includes(flag) ? mountFlags : [flag])

/** What describes a container's first network, and says nothing about another one. */
const addresses = ["ip", "ip6", "mac-address"]

const without = (flags: Flags, names: ReadonlyArray<string>): Flags =>
  Object.fromEntries(Object.entries(flags).filter(([name]) => !names.includes(name)))

const filtered = (flags: Flags, name: string, keep: (text: string) => boolean): Flags =>
  Object.hasOwn(flags, name) ? { ...flags, [name]: (flags[name] ?? []).filter(keep) } : flags

/** The entries of a list with others added; one about the same thing as an added one gives it its place. */
const laid = (
  before: ReadonlyArray<string>,
  added: ReadonlyArray<string>,
  keyOf: (text: string) => string
): ReadonlyArray<string> => {
  const byKey = new Map<string, string>()
  for (const text of [...before, ...added]) byKey.set(keyOf(text), text)
  return [...byKey.values()]
}

const setFlag = (flags: Flags, name: string, texts: ReadonlyArray<string>): Flags => {
  const keyOf = lists[name]
  if (keyOf === undefined) return { ...flags, [name]: texts }
  const added = new Set(texts.map(keyOf))
  const others = kin(name).filter((one) => one !== name)
  const rest = others.reduce(
    (all, one) => filtered(all, one, (text) => !added.has(lists[one]?.(text) ?? text)),
    flags
  )
  return { ...rest, [name]: laid(flags[name] ?? [], texts, keyOf) }
}

/** Takes what publishes a port of the container, or a -p as it was written. */
const removePort = (flags: Flags, wanted: string): Either.Either<Flags, EditError> => {
  const ports = new Set(Either.getOrElse(PortSpec.parsePorts(wanted), (): ReadonlyArray<string> => []))
  const keysOf = (text: string) =>
    Either.getOrElse(PortSpec.parse(text), (): ReadonlyArray<PortSpec.PortRequest> => []).map(PortSpec.key)
  const partly = (flags["publish"] ?? []).find((text) => {
    const keys = keysOf(text)
    return text !== wanted && keys.some((key) => ports.has(key)) && !keys.every((key) => ports.has(key))
  })
  if (partly !== undefined)
    return fail(`port ${wanted} is a part of -p ${partly}: remove that, and publish again what is to stay`)
  return Either.right(
    filtered(flags, "publish", (text) => text !== wanted && !keysOf(text).every((key) => ports.has(key)))
  )
}

const removeEntry = (flags: Flags, name: string, wanted: string): Either.Either<Flags, EditError> =>
  Either.gen(function* () {
    const after =
      name === "publish"
        ? yield* removePort(flags, wanted)
        : kin(name).reduce(
            (all, one) =>
              filtered(all, one, (text) => text !== wanted && (lists[one] ?? networkOf)(text) !== wanted),
            flags
          )
    const count = (all: Flags) => kin(name).reduce((sum, one) => sum + (all[one] ?? []).length, 0)
    if (count(after) === count(flags))
      return yield* fail(`nothing to remove: the container was not given --${name} ${wanted}`)
    return after
  })

/** The network that a --network means. */
const networkOf = (text: string): string => /(?:^|,)name=([^,]*)/.exec(text)?.[1] ?? text

/**
 * The request with changes made to it, first what is removed, then what is set. What stays keeps its place and its words; the
 * same changes once more change nothing, but for removals, which then have nothing to remove and are refused.
 */
export const edit = ({ flags, command }: Request, changes: Changes): Either.Either<Request, EditError> =>
  Either.gen(function* () {
    const absent = changes.unset.find((name) => !Object.hasOwn(flags, name))
    if (absent !== undefined) return yield* fail(`nothing to unset: the container was not given --${absent}`)
    let edited = without(flags, changes.unset)
    for (const [name, texts] of Object.entries(changes.remove))
      for (const text of texts) edited = yield* removeEntry(edited, name, text)
    const first = flags["network"]?.[0]
    const isElsewhere =
      changes.set["network"] !== undefined ||
      (first !== undefined && changes.remove["network"]?.includes(networkOf(first)) === true)
    if (isElsewhere) edited = without(edited, addresses)
    for (const [name, texts] of Object.entries(changes.set)) edited = setFlag(edited, name, texts)
    return {
      flags: Object.fromEntries(Object.entries(edited).filter(([, texts]) => texts.length > 0)),
      command: changes.command ?? command
    }
  })

/** What differs of one flag; the command goes by an empty name. */
export interface FlagChange {
  readonly flag: string
  readonly removed: ReadonlyArray<string>
  readonly added: ReadonlyArray<string>
}

/** Where two requests differ, by flag. */
export const differences = (before: Request, after: Request): ReadonlyArray<FlagChange> => {
  const names = [...new Set([...Object.keys(before.flags), ...Object.keys(after.flags)])]
  const changes = names.flatMap((flag): ReadonlyArray<FlagChange> => {
    const [had, has] = [before.flags[flag] ?? [], after.flags[flag] ?? []]
    const same = had.length === has.length && had.every((text, index) => text === has[index])
    const removed = had.filter((text) => !has.includes(text))
    const added = has.filter((text) => !had.includes(text))
    // The order of a list is a part of what it says.
    return same
      ? []
      : removed.length + added.length === 0
        ? [{ flag, removed: had, added: has }]
        : [{ flag, removed, added }]
  })
  const isSame = JSON.stringify(before.command) === JSON.stringify(after.command)
  return isSame ? changes : [...changes, { flag: "", removed: before.command, added: after.command }]
}

/** What a running container can be given: its limits, what is only looked up when it is needed, what told how it was made. */
const live = new Set([
  "attach",
  "blkio-weight",
  "cpu-period",
  "cpu-quota",
  "cpu-rt-period",
  "cpu-rt-runtime",
  "cpu-shares",
  "cpus",
  "cpuset-cpus",
  "cpuset-mems",
  "detach",
  "detach-keys",
  "label",
  "memory",
  "memory-reservation",
  "memory-swap",
  "name",
  "pids-limit",
  "pull",
  "quiet",
  "restart",
  "rm",
  "sig-proxy",
  "stop-signal",
  "stop-timeout"
])

/** True for a change that holds at once while the container runs; the others hold from its next start on. */
export const isLive = ({ flag }: FlagChange): boolean => live.has(flag)

/** What can never be changed, and why; undefined for what can. */
export const faultOf = ({ flag }: FlagChange): string | undefined => {
  if (flag === "platform") return "--platform cannot be changed: it is that of the image"
  return flag === "userns"
    ? "--userns cannot be changed: what the container has written belongs to the ids of its user namespace"
    : undefined
}
