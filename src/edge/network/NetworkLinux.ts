import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Firewall from "../../core/network/Firewall.js"
import * as Links from "../../core/network/Links.js"
import * as MacAddress from "../../core/network/MacAddress.js"
import * as Nft from "../../core/network/Nft.js"
import * as NftBatch from "../../core/network/NftBatch.js"
import * as Digests from "../../core/oci/Digest.js"
import { SystemCallError } from "../linux/Libc.js"
import * as NetlinkSocket from "../linux/NetlinkSocket.js"
import { within } from "../linux/NetworkNamespace.js"
import * as PortHold from "../linux/PortHold.js"
import { crashPoint } from "../store/fs/CrashPoint.js"
import { type BridgeRequest, type LinkRequest, Network } from "./Network.js"
import { NetworkError } from "./NetworkError.js"

type Socket = NetlinkSocket.NetlinkSocket

/** A socket before whose every message a test may end the process. */
const open = (family: number): Socket => {
  const socket = NetlinkSocket.open(family)
  return {
    close: socket.close,
    request: (message, subject) => {
      crashPoint()
      return socket.request(message, subject)
    },
    batch: (messages, subject) => {
      crashPoint()
      socket.batch(messages, subject)
    }
  }
}

/** Runs `use` with a socket that is closed afterwards. */
const talking = <A>(family: number, use: (socket: Socket) => A): A => {
  const socket = open(family)
  try {
    return use(socket)
  } finally {
    socket.close()
  }
}

const { route, netfilter } = NetlinkSocket.protocol

const codeOf = (cause: unknown): string =>
  cause instanceof SystemCallError || (cause instanceof Error && "code" in cause) ? String(cause.code) : ""

const next: Readonly<Record<string, readonly [NetworkError["reason"], string]>> = {
  EPERM: [
    "Permission",
    "; this needs CAP_NET_ADMIN and CAP_SYS_ADMIN (--network host and --network none do not)"
  ],
  EACCES: [
    "Permission",
    "; this needs CAP_NET_ADMIN and CAP_SYS_ADMIN (--network host and --network none do not)"
  ],
  EOPNOTSUPP: [
    "Unsupported",
    "; this kernel lacks it (modules bridge, veth, nf_tables, nft_nat, nft_masq, nft_fib_inet)"
  ],
  EPROTONOSUPPORT: ["Unsupported", "; this kernel lacks it (module nf_tables)"],
  ENODEV: ["Missing", ""],
  ENOENT: ["Missing", ""],
  ESRCH: ["Missing", ""]
}

const attempt = <A>(doing: string, calls: () => A): Effect.Effect<A, NetworkError> =>
  Effect.try({
    try: calls,
    catch: (cause) => {
      const [reason, advice] = next[codeOf(cause)] ?? (["Io", ""] as const)
      const why = cause instanceof Error ? cause.message : String(cause)
      return new NetworkError({ reason, message: `cannot ${doing}: ${why}${advice}`, cause })
    }
  })

/** Does what may have been done, or been undone, already. */
const unless = (code: string, call: () => void): void => {
  try {
    call()
  } catch (error) {
    if (codeOf(error) !== code) throw error
  }
}

const find = (socket: Socket, name: string): Links.Link | undefined => {
  if (name === "") return undefined
  try {
    return socket.request(Links.find(name), name).flatMap((answer) => Links.readLink(answer) ?? [])[0]
  } catch (error) {
    if (codeOf(error) === "ENODEV") return undefined
    throw error
  }
}

const indexOf = (socket: Socket, name: string): number => {
  const found = find(socket, name)
  if (found === undefined) throw new SystemCallError("netlink", -19, name)
  return found.index
}

const forwarding = {
  4: "/proc/sys/net/ipv4/ip_forward",
  6: "/proc/sys/net/ipv6/conf/all/forwarding"
} as const

const letForward = (family: 4 | 6): void => {
  const file = forwarding[family]
  if (fs.readFileSync(file, "utf8").trim() !== "1") fs.writeFileSync(file, "1")
}

const provideBridge = (bridge: BridgeRequest): void =>
  talking(route, (socket) => {
    const before = find(socket, bridge.name)
    if (before?.up === true) return
    const [first] = bridge.addresses
    const mac = first === undefined ? undefined : MacAddress.ofAddress(first.address)
    unless("EEXIST", () => socket.request(Links.makeBridge(bridge.name, mac, bridge.mtu), bridge.name))
    const index = indexOf(socket, bridge.name)
    for (const { address, prefix } of bridge.addresses)
      unless("EEXIST", () => socket.request(Links.addAddress(index, address, prefix), bridge.name))
    for (const family of new Set(bridge.addresses.map(({ address }) => address.family))) letForward(family)
    // It is up last: a bridge that is up has all of the above.
    for (const message of Links.settleBridge(index)) socket.request(message, bridge.name)
  })

const inside = (pid: number, configure: (socket: Socket) => void): void => {
  const socket = within(`/proc/${pid}/ns/net`, () => open(route))
  try {
    configure(socket)
  } finally {
    socket.close()
  }
}

const connect = (request: LinkRequest): void => {
  talking(route, (socket) => {
    const { link, pid, mac, mtu } = request
    const bridge = indexOf(socket, request.bridge)
    socket.request(Links.makePair({ host: link, inside: request.interface, bridge, pid, mac, mtu }), link)
    for (const message of Links.setUpPort(indexOf(socket, link))) socket.request(message, link)
  })
  inside(request.pid, (socket) => {
    // The container's own program does the same, but may not have come to it yet.
    socket.request(Links.setUp(1), "lo")
    const name = request.interface
    const index = indexOf(socket, name)
    const hasIpv6 = request.addresses.some(({ address }) => address.family === 6)
    const up = hasIpv6 ? [Links.setUp(index)] : Links.setUpQuietly(index)
    for (const message of up) socket.request(message, name)
    for (const { address, prefix } of request.addresses)
      socket.request(Links.addAddress(index, address, prefix), name)
    for (const gateway of request.gateways) socket.request(Links.addDefaultRoute(index, gateway), name)
  })
}

/**
 * After a change to a firewall the kernel makes whoever closes such a socket wait until the old rules are freed, some 20 ms:
 * it is closed later, or with the process.
 */
const closeLater = (socket: Socket): void => {
  setTimeout(socket.close, 1000).unref()
}

const wall = (walls: Firewall.Walls): void => {
  const socket = open(netfilter)
  try {
    rewrite(socket, walls)
  } finally {
    closeLater(socket)
  }
}

const rewrite = (socket: Socket, walls: Firewall.Walls): void => {
  const { table: name } = walls
  let known: string | undefined
  let exists = true
  try {
    known = socket.request(NftBatch.find(name), name).flatMap((one) => NftBatch.readNote(one) ?? [])[0]
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
    exists = false
  }
  if (walls.networks.length === 0 && walls.published.length === 0) {
    if (exists) socket.batch(NftBatch.remove(name), `table ${name}`)
    return
  }
  const table = Firewall.table(walls)
  const note = Digests.hex(Digests.ofBytes(Nft.showTable(table))).slice(0, 32)
  if (known !== note) socket.batch(NftBatch.replace(table, note), `table ${name}`)
}

/** Linux: rtnetlink and nftables, without a program in between. */
export const service: Network["Type"] = Network.of({
  provideBridge: (bridge) => attempt(`make the bridge ${bridge.name}`, () => provideBridge(bridge)),
  removeBridge: (name) =>
    attempt(`remove the bridge ${name}`, () =>
      talking(route, (socket) => unless("ENODEV", () => socket.request(Links.remove(name), name)))
    ),
  connect: (request) =>
    attempt(`connect process ${request.pid} to ${request.bridge}`, () => connect(request)),
  disconnect: (links) =>
    attempt(`remove the links ${links.join(", ")}`, () =>
      talking(route, (socket) => {
        for (const link of links) unless("ENODEV", () => socket.request(Links.remove(link), link))
      })
    ),
  wall: (walls) => attempt(`write the firewall ${walls.table}`, () => wall(walls)),
  routedBut: (link) =>
    attempt("read the routes", () =>
      talking(route, (socket) => {
        const but = find(socket, link)?.index
        return ([4, 6] as const)
          .flatMap((family) =>
            socket.request(Links.listRoutes(family)).flatMap((answer) => Links.readRoute(answer) ?? [])
          )
          .flatMap(({ subnet, link: index }) => (index === but ? [] : [subnet]))
      })
    ),
  route: (pid, link, gateways) =>
    attempt(`change the routes of process ${pid}`, () =>
      inside(pid, (socket) => {
        const index = indexOf(socket, link)
        for (const gateway of gateways) socket.request(Links.addDefaultRoute(index, gateway), link)
      })
    ),
  hold: (port) =>
    Effect.acquireRelease(
      Effect.try({
        try: () => PortHold.hold(port),
        catch: (cause) =>
          new NetworkError({
            reason: codeOf(cause) === "EADDRINUSE" ? "Busy" : "Io",
            message: cause instanceof Error ? cause.message : String(cause),
            cause
          })
      }),
      ({ descriptor }) => Effect.sync(() => fs.closeSync(descriptor))
    )
})
