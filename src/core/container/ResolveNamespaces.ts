import * as Either from "effect/Either"
import type { ContainerOptions } from "./ContainerOptions.js"
import type { ContainerFacts, Host } from "./HostFacts.js"
import { type InvalidOption, setting } from "./InvalidOption.js"
import type { Namespace, Namespaces, UserNamespace } from "./Namespace.js"
import type { IpcMode, NamespaceMode } from "./NamespaceMode.js"
import * as Reason from "./Reason.js"

const own = (why: string): Namespace => ({ _tag: "New", reason: Reason.policy(why) })

const join = (
  name: string,
  kind: string,
  flag: string,
  facts: ContainerFacts
): Either.Either<Namespace, InvalidOption> => {
  const other = Object.hasOwn(facts.containers, name) ? facts.containers[name] : undefined
  return other === undefined
    ? Either.left(setting(flag, `No such container: ${name}`))
    : Either.right({
        _tag: "Path",
        path: `/proc/${other.pid}/ns/${kind}`,
        reason: Reason.flag(`${flag} container:${name}`)
      })
}

const fromMode = (
  mode: NamespaceMode | IpcMode,
  kind: string,
  flag: string,
  why: string,
  facts: ContainerFacts
): Either.Either<Namespace, InvalidOption> => {
  switch (mode._tag) {
    case "Host":
      return Either.right({ _tag: "Host", reason: Reason.flag(`${flag} host`) })
    case "Container":
      return join(mode.container, kind, flag, facts)
    default:
      return Either.right(own(why))
  }
}

const network = (
  options: ContainerOptions,
  host: Host,
  facts: ContainerFacts
): Either.Either<Namespace, InvalidOption> => {
  const mode = options.network
  switch (mode._tag) {
    case "Host":
      return Either.right({ _tag: "Host", reason: Reason.flag("--network host") })
    case "None":
      return Either.right({ _tag: "New", reason: Reason.flag("--network none") })
    case "Container":
      return join(mode.container, "net", "--network", facts)
    case "Default":
      return Either.right(
        host.network === "host"
          ? { _tag: "Host", reason: Reason.host("nothing here can give it a network of its own") }
          : own(`the default network, by ${host.network}`)
      )
    case "Named":
      return Either.right({ _tag: "New", reason: Reason.flag(`--network ${mode.name}`) })
  }
}

const user = (host: Host): UserNamespace => {
  switch (host.ids._tag) {
    case "Same":
      return { _tag: "Host", reason: Reason.policy("root's containers use the host's ids") }
    case "Inherited":
      return { _tag: "Host", reason: Reason.host("the engine already runs in a user namespace") }
    case "Own": {
      const { uidMap, gidMap, writer, denySetgroups } = host.ids
      const reason = Reason.host("an ordinary user's container needs a root of its own")
      return { _tag: "New", uidMap, gidMap, writer, denySetgroups, reason }
    }
  }
}

const cgroup = (options: ContainerOptions, host: Host): Namespace => {
  if (options.cgroupNamespace?._tag === "Host") {
    return { _tag: "Host", reason: Reason.flag("--cgroupns host") }
  }
  if (options.cgroupNamespace !== undefined) {
    return { _tag: "New", reason: Reason.flag("--cgroupns private") }
  }
  return options.privileged && host.cgroup._tag === "V1"
    ? { _tag: "Host", reason: Reason.flag("--privileged") }
    : own("the path of its control group is the host's affair")
}

/** Only a container that was made for it shares its memory. */
const checkDonor = ({ ipc }: ContainerOptions, facts: ContainerFacts): Either.Either<void, InvalidOption> => {
  const donor = ipc._tag === "Container" ? facts.containers[ipc.container] : undefined
  return donor === undefined || donor.sharesIpc
    ? Either.void
    : Either.left(
        setting(
          "--ipc",
          `can't join IPC of container ${donor.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`
        )
      )
}

/** Which namespaces the container has, from the mode flags and what the host can do. */
export const resolve = (
  options: ContainerOptions,
  host: Host,
  facts: ContainerFacts
): Either.Either<Namespaces, InvalidOption> =>
  Either.flatMap(checkDonor(options, facts), () =>
    Either.all({
      user: Either.right(user(host)),
      pid: fromMode(options.pid, "pid", "--pid", "sees and signals only its own processes", facts),
      network: network(options, host, facts),
      ipc: fromMode(options.ipc, "ipc", "--ipc", "shares no memory or queues with others", facts),
      uts: fromMode(options.uts, "uts", "--uts", "has a host name of its own", facts),
      cgroup: Either.right(cgroup(options, host))
    })
  )

/** True when the container's root owns the namespace, so that it may mount its file system. */
export const owns = (namespaces: Namespaces, host: Host, kind: "pid" | "network" | "ipc"): boolean =>
  host.ids._tag === "Same" || namespaces[kind]._tag === "New"
