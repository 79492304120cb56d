import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as Libc from "../../src/edge/linux/Libc.js"
import * as TerminalDevice from "../../src/edge/linux/TerminalDevice.js"

const ioctl = (fd: number, request: number, memory: Uint8Array): void =>
  void Libc.check(
    Libc.bind("int ioctl(int fd, unsigned long request, _Inout_ uint8_t *memory)")(fd, request, memory),
    "ioctl"
  )

/** TIOCSPTLCK and TIOCGPTN of ioctl_tty(2). */
const TIOCSPTLCK = 0x40045431
const TIOCGPTN = 0x80045430

/** A command that runs on a terminal of its own. */
export interface OnTerminal {
  /** Everything that it has written so far. */
  readonly written: () => string
  readonly resize: (size: TerminalDevice.Size) => void
  readonly kill: (signal: NodeJS.Signals) => void
  /** Its exit code (128 and the signal's number where one ended it). */
  readonly ended: Promise<number>
}

/** Runs a command with a new pseudo terminal of the given size as its input, output and errors. */
export const onTerminal = (
  argv: readonly [program: string, ...args: ReadonlyArray<string>],
  size: TerminalDevice.Size,
  env: NodeJS.ProcessEnv
): OnTerminal => {
  const master = fs.openSync("/dev/ptmx", fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  ioctl(master, TIOCSPTLCK, Buffer.alloc(4))
  const number = Buffer.alloc(4)
  ioctl(master, TIOCGPTN, number)
  TerminalDevice.resize(master, size)
  const slave = fs.openSync(`/dev/pts/${number.readInt32LE(0)}`, fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  const [program, ...args] = argv
  const child = spawn(program, args, { stdio: [slave, slave, slave], env })
  fs.closeSync(slave)
  let text = ""
  const output = fs.createReadStream("", { fd: master, encoding: "utf8" })
  output.on("data", (chunk) => {
    text += chunk
  })
  // A terminal that nobody has open any more reads as EIO.
  const drained = new Promise<void>((resolve) => {
    output.on("error", () => resolve())
    output.on("end", () => resolve())
  })
  const exited = new Promise<number>((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", (code, signal) => resolve(code ?? 128 + (signal === "SIGINT" ? 2 : 15)))
  })
  return {
    written: () => text,
    resize: (next) => TerminalDevice.resize(master, next),
    kill: (signal) => void child.kill(signal),
    ended: Promise.all([exited, drained]).then(([code]) => code)
  }
}
