import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as DescriptorSocket from "../../../src/edge/linux/DescriptorSocket.js"
import * as Libc from "../../../src/edge/linux/Libc.js"
import * as TerminalDevice from "../../../src/edge/linux/TerminalDevice.js"

/** A pseudo terminal of the host: its master and its slave. */
const withPty = <A>(use: (master: number, slave: string) => A): A => {
  const master = fs.openSync("/dev/ptmx", fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  try {
    const unlock = Buffer.alloc(4)
    const number = Buffer.alloc(4)
    const ioctl = Libc.bind("int ioctl(int fd, unsigned long request, _Inout_ uint8_t *memory)")
    Libc.check(ioctl(master, 0x40045431, unlock), "ioctl")
    Libc.check(ioctl(master, 0x80045430, number), "ioctl")
    return use(master, `/dev/pts/${number.readInt32LE(0)}`)
  } finally {
    fs.closeSync(master)
  }
}
const settings = (slave: string) => execFileSync("stty", ["-F", slave, "-a"], { encoding: "utf8" })

describe("a terminal", () => {
  it("has the size it is given", () =>
    withPty((master, slave) => {
      TerminalDevice.resize(master, { rows: 33, columns: 101 })
      expect(settings(slave)).toContain("rows 33; columns 101")
      expect(TerminalDevice.size(master)).toEqual({ rows: 33, columns: 101 })
    }))

  it("passes everything through when raw, and is as before afterwards", () =>
    withPty((_, slave) => {
      const fd = fs.openSync(slave, fs.constants.O_RDWR | fs.constants.O_NOCTTY)
      const before = settings(slave)
      const restore = TerminalDevice.makeRaw(fd)
      const raw = settings(slave)
      for (const off of ["-icanon", "-echo", "-isig", "-opost", "-icrnl", "-ixon"]) expect(raw).toContain(off)
      restore()
      expect(settings(slave)).toBe(before)
      fs.closeSync(fd)
    }))
})

describe("a socket", () => {
  it("hands a descriptor over", () => {
    const [ours, theirs] = DescriptorSocket.pair()
    execFileSync(
      "python3",
      [
        "-c",
        "import socket,os;s=socket.socket(fileno=3);socket.send_fds(s,[b'x'],[os.open('/etc/hostname',os.O_RDONLY)])"
      ],
      { stdio: ["ignore", "ignore", "inherit", theirs] }
    )
    const received = DescriptorSocket.receive(ours)
    expect(received === undefined ? "" : fs.readlinkSync(`/proc/self/fd/${received}`)).toBe("/etc/hostname")
    for (const fd of [ours, theirs, ...(received === undefined ? [] : [received])]) fs.closeSync(fd)
  })
})
