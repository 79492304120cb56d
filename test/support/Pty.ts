import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as Libc from "../../src/edge/linux/Libc.js"
import * as TerminalDevice from "../../src/edge/linux/TerminalDevice.js"
import { TerminalMaster } from "../../src/edge/supervisor/TerminalMaster.js"

const ioctl = (fd: number, request: number, memory: Uint8Array): void =>
  void Libc.check(
    Libc.bind("int ioctl(int fd, unsigned long request, _Inout_ uint8_t *memory)")(fd, request, memory),
    "ioctl"
  )

/** TCGETS, TIOCSPTLCK and TIOCGPTN of ioctl_tty(2). */
const TCGETS = 0x5401
const TIOCSPTLCK = 0x40045431
const TIOCGPTN = 0x80045430

/** How long to wait for what a loaded machine will show sooner or later. */
const patienceMs = 20_000

/** A command that runs on a terminal of its own. */
export interface OnTerminal {
  /** The command's own process. */
  readonly pid: number
  /** Everything that it has written so far. */
  readonly written: () => string
  /** Waits until it has written a text, or what matches, since the last time that this found something. */
  readonly shows: (what: string | RegExp) => Promise<void>
  /** Types, as a keyboard does. */
  readonly type: (keys: string) => void
  readonly resize: (size: TerminalDevice.Size) => void
  readonly kill: (signal: NodeJS.Signals) => void
  /** How the terminal is set, or was when the command ended: raw, or as it was before. */
  readonly settings: () => string
  /** Its exit code (128 and the signal's number where one ended it). */
  readonly ended: Promise<number>
}

/** The command takes the terminal for its session's, as what a person starts in one does; opening it is enough for a session's leader. */
const takeTerminal = 'terminal=$1; shift; exec "$@" <>"$terminal" >&0 2>&0'

/**
 * Runs a command in a session of its own, with a new pseudo terminal of the given size as its controlling terminal, input,
 * output and errors.
 */
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
  const name = `/dev/pts/${number.readInt32LE(0)}`
  // As long as we have it open too, its end is not told before the command has ended.
  const slave = fs.openSync(name, fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  fs.chmodSync(name, 0o666)
  const child = spawn("/bin/sh", ["-c", takeTerminal, "sh", name, ...argv], {
    detached: true,
    stdio: "ignore",
    env
  })
  let text = ""
  let seen = 0
  let changed = () => {}
  const screen = new TerminalMaster(master)
  screen.setEncoding("utf8")
  screen.on("data", (chunk: string) => {
    text += chunk
    changed()
  })
  const drained = new Promise<void>((resolve) => {
    // A terminal that nobody has open any more reads as EIO.
    screen.on("error", () => resolve())
    screen.on("close", () => resolve())
  })
  const settings = () => {
    const memory = Buffer.alloc(60)
    ioctl(master, TCGETS, memory)
    return memory.toString("hex")
  }
  let last: string | undefined
  const exited = new Promise<number>((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", (code, signal) => {
      last = settings()
      fs.closeSync(slave)
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]))
    })
  })
  const shows = (what: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const isThere = () => {
        const rest = text.slice(seen)
        const found = typeof what === "string" ? rest.indexOf(what) : rest.search(what)
        if (found < 0) return false
        seen += found + (typeof what === "string" ? what.length : (what.exec(rest)?.[0].length ?? 0))
        return true
      }
      const inVain = () =>
        reject(new Error(`waited in vain for ${String(what)} in ${JSON.stringify(text.slice(seen))}`))
      const timer = setTimeout(inVain, patienceMs)
      changed = () => {
        if (!isThere()) return
        clearTimeout(timer)
        changed = () => {}
        resolve()
      }
      changed()
    })
  return {
    pid: child.pid ?? 0,
    written: () => text,
    shows,
    type: (keys) => void fs.writeSync(master, keys),
    resize: (next) => TerminalDevice.resize(master, next),
    kill: (signal) => void child.kill(signal),
    settings: () => last ?? settings(),
    ended: Promise.all([exited, drained]).then(([code]) => code)
  }
}
