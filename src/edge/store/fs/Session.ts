import * as fs from "node:fs"
import type { Digest } from "../../../core/oci/Digest.js"
import { isDigest } from "../../../core/oci/Digest.js"
import type { LayoutPaths } from "../../../core/store/LayoutPaths.js"
import { tryLock } from "../../linux/Flock.js"
import * as KernelRandom from "../../linux/KernelRandom.js"
import { listIfThere } from "./DurableFile.js"

/**
 * This process's presence in a store: a flock'd file `leases/<id>` that names what must be kept, and `ingest/<id>/` for its
 * unfinished writes. The kernel gives the lock up when the process dies, which is how others know what is left over.
 */
export class Session {
  readonly id = `${process.pid}-${KernelRandom.hex(6)}`
  private fd: number | undefined
  private leases = 0
  private held = new Set<Digest>()

  constructor(private readonly paths: LayoutPaths) {}

  /** The directory for unfinished writes. */
  directory(): string {
    this.open()
    return `${this.paths.ingest}/${this.id}`
  }

  /** Starts a lease; what is held from now on stays held until as many have ended as have begun. */
  begin(): void {
    this.open()
    this.leases += 1
  }

  end(): void {
    this.leases -= 1
    if (this.leases > 0 || this.fd === undefined) return
    this.held = new Set()
    fs.ftruncateSync(this.fd, 0)
  }

  /** Holds digests while any lease of this process lasts. Call it while nobody collects (see StoreLock.exclusive). */
  hold(digests: Iterable<Digest>): void {
    if (this.leases === 0 || this.fd === undefined) return
    const fresh = [...digests].filter((digest) => !this.held.has(digest))
    if (fresh.length === 0) return
    fs.appendFileSync(`${this.paths.leases}/${this.id}`, fresh.map((digest) => `${digest}\n`).join(""))
    for (const digest of fresh) this.held.add(digest)
  }

  close(): void {
    if (this.fd === undefined) return
    fs.rmSync(`${this.paths.ingest}/${this.id}`, { recursive: true, force: true })
    fs.rmSync(`${this.paths.leases}/${this.id}`, { force: true })
    fs.closeSync(this.fd)
    this.fd = undefined
  }

  private open(): void {
    if (this.fd !== undefined) return
    const file = `${this.paths.leases}/${this.id}`
    // Locked under another name first: whoever sees the final name and gets its lock knows that its owner is dead.
    const hidden = `${this.paths.leases}/.${this.id}`
    const fd = fs.openSync(hidden, "wx", 0o600)
    tryLock(fd)
    fs.renameSync(hidden, file)
    fs.mkdirSync(`${this.paths.ingest}/${this.id}`, { mode: 0o700 })
    this.fd = fd
  }
}

/** What living sessions hold, and the ids of those whose process is dead. */
export const survey = (
  paths: LayoutPaths
): { readonly held: ReadonlySet<Digest>; readonly dead: ReadonlyArray<string> } => {
  // Listed before the leases: a session makes its lease first and removes it last.
  const writing = listIfThere(paths.ingest).filter((name) => name !== partialDirectory)
  const held = new Set<Digest>()
  const living = new Set<string>()
  const dead = new Set<string>()
  for (const name of listIfThere(paths.leases)) {
    const file = `${paths.leases}/${name}`
    // A hidden one may be just about to be locked: asking for its lock could take it from its owner.
    if (name.startsWith(".") ? isOld(file) : isAbandoned(file)) dead.add(name)
    else living.add(name)
    if (living.has(name)) for (const line of readLines(file)) if (isDigest(line)) held.add(line)
  }
  for (const name of writing) if (!living.has(name)) dead.add(name)
  return { held, dead: [...dead] }
}

/** Where the partial blobs of all sessions lie, so that another command can resume them. */
export const partialDirectory = "partial"

const isOld = (file: string): boolean => {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  return stat !== undefined && Date.now() - stat.mtimeMs > 60_000
}

/** True if nobody has the lock of the file. */
const isAbandoned = (file: string): boolean => {
  let fd: number
  try {
    fd = fs.openSync(file, "r")
  } catch {
    return false
  }
  try {
    return tryLock(fd)
  } finally {
    fs.closeSync(fd)
  }
}

const readLines = (file: string): ReadonlyArray<string> => {
  try {
    return fs.readFileSync(file, "utf8").split("\n")
  } catch {
    return []
  }
}
