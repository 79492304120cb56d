import * as fs from "node:fs"
import * as Netlink from "../../core/network/Netlink.js"
import { bind, check, SystemCallError } from "./Libc.js"

const AF_NETLINK = 16
/** SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK: the kernel has answered when a request's call returns. */
const socketType = 3 | 0x80000 | 0x800
const SOL_SOCKET = 1
const SO_SNDBUFFORCE = 32
const bufferSize_bytes = 8 * 1024 * 1024
const answerSize_bytes = 64 * 1024

export const protocol = { route: 0, netfilter: 12 } as const

/** A conversation with the kernel about links, addresses, routes or firewalls. Every method throws {@link SystemCallError}. */
export interface NetlinkSocket {
  /** Sends a request and gives its answers, up to its acknowledgement or the end of the list. */
  readonly request: (message: Netlink.Message, subject?: string) => ReadonlyArray<Netlink.Received>
  /** Sends messages that take effect together or not at all (nftables). */
  readonly batch: (messages: ReadonlyArray<Netlink.Message>, subject: string) => void
  readonly close: () => void
}

const isEnd = ({ type }: Netlink.Received): boolean =>
  type === Netlink.kind.error || type === Netlink.kind.done

/** Opens a socket in the network namespace that the thread is in. */
export const open = (family: number): NetlinkSocket => {
  const fd = check(
    bind("int socket(int domain, int type, int protocol)")(AF_NETLINK, socketType, family),
    "socket(AF_NETLINK)"
  )
  const buffer = Buffer.alloc(answerSize_bytes)
  let sequence = 0

  const receive = (): ReadonlyArray<Netlink.Received> | undefined => {
    try {
      const size = fs.readSync(fd, buffer)
      return Netlink.decode(Uint8Array.prototype.slice.call(buffer, 0, size))
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") return undefined
      throw error
    }
  }

  const failOn = (answer: Netlink.Received, subject: string | undefined): void => {
    const errno = answer.type === Netlink.kind.error ? Netlink.errnoOf(answer) : 0
    if (errno !== 0) throw new SystemCallError("netlink", -errno, subject)
  }

  const request: NetlinkSocket["request"] = (message, subject) => {
    sequence += 1
    fs.writeSync(fd, Netlink.encode(message, sequence))
    const answers: Array<Netlink.Received> = []
    for (;;) {
      const received = receive()
      if (received === undefined) return answers
      for (const answer of received.filter((one) => one.sequence === sequence)) {
        failOn(answer, subject)
        if (isEnd(answer)) return answers
        answers.push(answer)
      }
    }
  }

  const batch: NetlinkSocket["batch"] = (messages, subject) => {
    const bytes = Buffer.concat(messages.map((message) => Netlink.encode(message, ++sequence)))
    if (bytes.length > 100_000) {
      const size = Buffer.alloc(4)
      size.writeInt32LE(bufferSize_bytes)
      bind("int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t size)")(
        fd,
        SOL_SOCKET,
        SO_SNDBUFFORCE,
        size,
        size.length
      )
    }
    fs.writeSync(fd, bytes)
    for (let received = receive(); received !== undefined; received = receive())
      for (const answer of received) failOn(answer, subject)
  }

  return { request, batch, close: () => fs.closeSync(fd) }
}
