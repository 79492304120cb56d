import * as fs from "node:fs"
import { type Address, bytes } from "../../core/network/Address.js"
import type { Protocol } from "../../core/network/PortSpec.js"
import { bind, check } from "./Libc.js"

const families = { 4: 2, 6: 10 } as const
/** SOCK_STREAM and SOCK_DGRAM with their protocols; SCTP is a stream. */
const kinds = { tcp: [1, 6], udp: [2, 17], sctp: [1, 132] } as const
const SOCK_CLOEXEC = 0x80000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26

/** struct sockaddr_in and sockaddr_in6. Source: ip(7), ipv6(7). */
const socketAddress = (address: Address, port: number): Buffer => {
  const data = Buffer.alloc(address.family === 4 ? 16 : 28)
  data.writeUInt16LE(families[address.family], 0)
  data.writeUInt16BE(port, 2)
  data.set(bytes(address), address.family === 4 ? 4 : 8)
  return data
}

const set = (fd: number, level: number, name: number, value: number): void => {
  const data = Buffer.alloc(4)
  data.writeInt32LE(value)
  check(
    bind("int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t size)")(
      fd,
      level,
      name,
      data,
      data.length
    ),
    "setsockopt"
  )
}

/** Makes a socket that has an address; its port is that of the result. Throws SystemCallError. */
export const boundSocket = (
  protocol: Protocol,
  address: Address,
  port: number
): { readonly port: number; readonly descriptor: number } => {
  const [type, number] = kinds[protocol]
  const descriptor = check(
    bind("int socket(int domain, int type, int protocol)")(
      families[address.family],
      type | SOCK_CLOEXEC,
      number
    ),
    "socket"
  )
  try {
    if (address.family === 6) set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    // Conversations of the port's last owner that are still being ended do no harm.
    if (protocol !== "udp") set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    const where = socketAddress(address, port)
    check(
      bind("int bind(int fd, const uint8_t *address, uint32_t size)")(descriptor, where, where.length),
      "bind"
    )
    const size = Buffer.alloc(4)
    size.writeUInt32LE(where.length)
    check(
      bind("int getsockname(int fd, _Inout_ uint8_t *address, _Inout_ uint8_t *size)")(
        descriptor,
        where,
        size
      ),
      "getsockname"
    )
    return { port: where.readUInt16BE(2), descriptor }
  } catch (error) {
    fs.closeSync(descriptor)
    throw error
  }
}

/**
 * Takes a port of the host from everybody else, without listening: packets are translated before they would reach the
 * socket. Whoever inherits the descriptor keeps the port.
 */
export const hold = (wanted: {
  readonly protocol: Protocol
  readonly address: Address
  readonly port: number
}): { readonly port: number; readonly descriptor: number } => {
  const held = boundSocket(wanted.protocol, wanted.address, wanted.port)
  if (wanted.protocol !== "udp") set(held.descriptor, SOL_SOCKET, SO_REUSEADDR, 0)
  return held
}
