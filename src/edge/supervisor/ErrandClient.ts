import * as fs from "node:fs"
import * as net from "node:net"
import * as AttachFrame from "./AttachFrame.js"
import { programIdentity } from "./ProgramIdentity.js"
import { openDirectory } from "./SocketName.js"
import * as SupervisorPlace from "./SupervisorPlace.js"

/** What to do: a command of the command line, by the words that name it and those that follow. */
export interface Errand {
  readonly path: string
  readonly argv: ReadonlyArray<string>
}

/** The reader of our output is gone: as SIGPIPE would have ended us. */
const readerGone = 141

const newline = 10

/** Writes all of it; what the descriptor does not take at once (EAGAIN) waits. */
const write = (fd: 1 | 2, bytes: Uint8Array): void => {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(fs.writeSync(fd, rest))
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}

/** Who owns the directory owns the supervisor: it does things as themselves. */
const isOurs = (directory: string): boolean => {
  try {
    return fs.statSync(directory).uid === process.geteuid?.()
  } catch {
    return false
  }
}

/**
 * Has the supervisor of the store at `root` do a command and shows what it has to say. Gives the exit code; undefined when
 * no supervisor of this program runs there, or it leaves the command to us, and nothing has been done. Loads nothing that
 * a command needs: a running supervisor has it all.
 */
export const ask = (root: string, { path, argv }: Errand): Promise<number | undefined> =>
  new Promise((resolve) => {
    const place = SupervisorPlace.of(root)
    if (!isOurs(place.directory)) return resolve(undefined)
    const { name, close } = openDirectory(place.socket)
    const connection = net.connect(name)
    const frames = new AttachFrame.FrameReader()
    let greeting = Buffer.alloc(0)
    let isTaken = false
    const cut = () => {
      if (isTaken) write(2, Buffer.from("Error: the supervisor was gone before it had answered\n"))
      resolve(isTaken ? 1 : undefined)
    }
    const end = (code: number | undefined) => {
      connection.off("close", cut)
      connection.destroy()
      resolve(code)
    }
    const show = (chunk: Uint8Array) => {
      const arrived = frames.push(chunk)
      if (arrived === "noise") return connection.destroy()
      for (const { kind, payload } of arrived) {
        if (kind === AttachFrame.Kind.exit) return end(payload[0] ?? 1)
        try {
          write(kind === AttachFrame.Kind.stderr ? 2 : 1, payload)
        } catch {
          return end(readerGone)
        }
      }
    }
    connection.once("connect", () => {
      close()
      connection.write(`${JSON.stringify({ _tag: "Errand", program: programIdentity(), path, argv })}\n`)
    })
    connection.once("error", () => {})
    connection.once("close", cut)
    connection.on("data", (chunk) => {
      if (isTaken) return show(chunk)
      greeting = Buffer.concat([greeting, chunk])
      const at = greeting.indexOf(newline)
      if (at === -1) return
      if (!greeting.subarray(0, at).includes('"Taken"')) return end(undefined)
      isTaken = true
      show(greeting.subarray(at + 1))
    })
  })
