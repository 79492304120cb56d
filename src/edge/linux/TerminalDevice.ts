import { bind, check } from "./Libc.js"

/** A terminal's size in characters. */
export interface Size {
  readonly rows: number
  readonly columns: number
}

/** Requests of ioctl_tty(2), the same on x86-64 and arm64. */
const TCGETS = 0x5401
const TCSETSW = 0x5403
const TIOCGWINSZ = 0x5413
const TIOCSWINSZ = 0x5414

const ioctl = (fd: number, request: number, memory: Uint8Array): void => {
  check(
    bind("int ioctl(int fd, unsigned long request, _Inout_ uint8_t *memory)")(fd, request, memory),
    "ioctl"
  )
}

/** The size of the terminal at a descriptor. */
export const size = (fd: number): Size => {
  const window = Buffer.alloc(8)
  ioctl(fd, TIOCGWINSZ, window)
  return { rows: window.readUInt16LE(0), columns: window.readUInt16LE(2) }
}

/** Sets the size; the terminal's foreground processes get SIGWINCH. */
export const resize = (fd: number, { rows, columns }: Size): void => {
  const window = Buffer.alloc(8)
  window.writeUInt16LE(Math.min(rows, 0xffff), 0)
  window.writeUInt16LE(Math.min(columns, 0xffff), 2)
  ioctl(fd, TIOCSWINSZ, window)
}

/** IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON; OPOST; ECHO ECHONL ICANON ISIG IEXTEN; CSIZE PARENB. */
const cooked = { input: 0x5eb, output: 0x1, local: 0x804b, control: 0x130 }
const CS8 = 0x30
const firstControlCharacter = 17
const VTIME = 5
const VMIN = 6

/**
 * Makes the terminal at a descriptor pass everything through, as cfmakeraw(3) does (Node's own raw mode leaves output
 * processing on, which full-screen programs do not survive). Gives what puts it back as it was.
 */
export const makeRaw = (fd: number): (() => void) => {
  const before = Buffer.alloc(60)
  ioctl(fd, TCGETS, before)
  const raw = Buffer.from(before)
  const clear = (offset: number, bits: number) =>
    raw.writeUInt32LE((raw.readUInt32LE(offset) & ~bits) >>> 0, offset)
  clear(0, cooked.input)
  clear(4, cooked.output)
  clear(8, cooked.control)
  clear(12, cooked.local)
  raw.writeUInt32LE((raw.readUInt32LE(8) | CS8) >>> 0, 8)
  raw[firstControlCharacter + VMIN] = 1
  raw[firstControlCharacter + VTIME] = 0
  ioctl(fd, TCSETSW, raw)
  return () => ioctl(fd, TCSETSW, before)
}
