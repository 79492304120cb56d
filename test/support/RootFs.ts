import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

/** What a root file system for tests is made of. */
export type Source = "busybox" | "host binaries"

const directories = [
  "bin",
  "dev",
  "etc",
  "home",
  "lib",
  "proc",
  "root",
  "sbin",
  "sys",
  "tmp",
  "usr/bin",
  "usr/sbin",
  "var/tmp"
]

const accounts = {
  "etc/passwd":
    "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\nuser:x:1000:1000:user:/home:/bin/sh\n",
  "etc/group": "root:x:0:\ndaemon:x:1:\nstaff:x:50:user\nuser:x:1000:\nnogroup:x:65534:\n"
}

/** The commands that tests may use whatever the source is. */
export const commands = [
  "cat",
  "chmod",
  "chown",
  "cp",
  "date",
  "echo",
  "env",
  "false",
  "grep",
  "head",
  "hostname",
  "id",
  "ln",
  "ls",
  "mkdir",
  "mount",
  "mv",
  "ps",
  "pwd",
  "readlink",
  "rm",
  "sh",
  "sleep",
  "sort",
  "stat",
  "stty",
  "tail",
  "test",
  "touch",
  "tr",
  "true",
  "tty",
  "uname",
  "wc",
  "whoami"
]

const which = (name: string): string | undefined =>
  (process.env["PATH"] ?? "/usr/bin:/bin")
    .split(":")
    .map((directory) => path.join(directory, name))
    .find((file) => fs.existsSync(file))

/** True for a binary that needs nothing but the kernel. */
const isStatic = (file: string): boolean => {
  try {
    return execFileSync("ldd", [file], { encoding: "utf8", stdio: "pipe" }).includes("statically")
  } catch {
    return true
  }
}

/** A static busybox of the host, where there is one. */
export const busybox = (): string | undefined => {
  const file = which("busybox")
  return file !== undefined && isStatic(file) ? file : undefined
}

/** Every file that a dynamically linked binary of the host is loaded with, itself first. */
export const withLibraries = (binary: string): ReadonlyArray<string> => {
  if (isStatic(binary)) return [binary]
  const listing = execFileSync("ldd", [binary], { encoding: "utf8" })
  return [binary, ...Array.from(listing.matchAll(/(?:=> |^\s+)(\/\S+)/gm), (match) => match[1] ?? "")]
}

const install = (root: string, file: string, as = file): void => {
  const target = path.join(root, as)
  fs.mkdirSync(path.dirname(target), { recursive: true })
  if (fs.existsSync(target)) return
  fs.copyFileSync(fs.realpathSync(file), target)
  fs.chmodSync(target, 0o755)
}

const fromBusybox = (root: string, binary: string): void => {
  install(root, binary, "bin/busybox")
  const applets = execFileSync(binary, ["--list-full"], { encoding: "utf8" }).trim().split("\n")
  for (const applet of applets) {
    const link = path.join(root, applet)
    fs.mkdirSync(path.dirname(link), { recursive: true })
    if (!fs.existsSync(link)) fs.symlinkSync("/bin/busybox", link)
  }
}

const fromHost = (root: string): void => {
  for (const command of commands) {
    const file = which(command)
    if (file === undefined) continue
    const [binary = file, ...libraries] = withLibraries(file)
    install(root, binary, `bin/${command}`)
    for (const library of libraries) install(root, library)
  }
}

/**
 * Fills an empty directory with a root file system that has at least {@link commands}: the host's static busybox, or,
 * where there is none, the host's own binaries with the shared libraries they need.
 */
export const fill = (root: string): Source => {
  for (const directory of directories) fs.mkdirSync(path.join(root, directory), { recursive: true })
  fs.chmodSync(path.join(root, "tmp"), 0o1777)
  for (const [name, text] of Object.entries(accounts)) fs.writeFileSync(path.join(root, name), text)
  const binary = busybox()
  if (binary !== undefined) fromBusybox(root, binary)
  else fromHost(root)
  return binary === undefined ? "host binaries" : "busybox"
}

/** The same as a tar at `directory/rootfs.tar`, ready for `kasane import`. Gives its path. */
export const tar = (directory: string): string => {
  const root = fs.mkdtempSync(path.join(directory, "rootfs-"))
  fs.chmodSync(root, 0o755)
  fill(root)
  const file = path.join(directory, "rootfs.tar")
  execFileSync("tar", ["--numeric-owner", "--owner=0", "--group=0", "-C", root, "-cf", file, "."])
  fs.rmSync(root, { recursive: true })
  fs.chmodSync(file, 0o644)
  return file
}
