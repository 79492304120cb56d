import { address, bind, check } from "./Libc.js"

const AF_UNIX = 1
const SOCK_STREAM_CLOEXEC = 0x80001
const SOL_SOCKET = 1
const SCM_RIGHTS = 1
/** MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_PEEK */
const flags = 0x40000042

/** Two connected sockets, close-on-exec. Source: socketpair(2). */
export const pair = (): readonly [number, number] => {
  const ends = Buffer.alloc(8)
  check(
    bind("int socketpair(int domain, int type, int protocol, _Out_ uint8_t *ends)")(
      AF_UNIX,
      SOCK_STREAM_CLOEXEC,
      0,
      ends
    ),
    "socketpair"
  )
  return [ends.readInt32LE(0), ends.readInt32LE(4)]
}

/**
 * A copy of the descriptor that was sent over a socket, without waiting: the sender has sent it, or the call fails with EAGAIN.
 * It is close-on-exec. The message stays, so that whoever has the socket may ask again, and what was sent stays open. Undefined
 * when a message without a descriptor, or the end, came instead. Source: unix(7), cmsg(3), recv(2).
 */
export const receive = (socket: number): number | undefined => {
  const byte = Buffer.alloc(1)
  const vector = Buffer.alloc(16)
  vector.writeBigUInt64LE(address(byte), 0)
  vector.writeBigUInt64LE(1n, 8)
  const control = Buffer.alloc(24)
  const message = Buffer.alloc(56)
  message.writeBigUInt64LE(address(vector), 16)
  message.writeBigUInt64LE(1n, 24)
  message.writeBigUInt64LE(address(control), 32)
  message.writeBigUInt64LE(BigInt(control.length), 40)
  check(
    bind("int64_t recvmsg(int socket, _Inout_ uint8_t *message, int flags)")(socket, message, flags),
    "recvmsg"
  )
  // Everything that the kernel wrote to is still referenced here.
  const isDescriptor =
    message.readBigUInt64LE(40) >= 20n &&
    control.readInt32LE(8) === SOL_SOCKET &&
    control.readInt32LE(12) === SCM_RIGHTS &&
    byte.length + vector.length > 0
  return isDescriptor ? control.readInt32LE(16) : undefined
}
