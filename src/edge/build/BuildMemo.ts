import * as fs from "node:fs"
import * as path from "node:path"
import * as Digest from "../../core/oci/Digest.js"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"

/**
 * What a build that found everything in the cache said, kept so that the same words can be answered again without reading
 * Dockerfile, cache or images, for as long as nothing that they depend on has changed.
 *
 * It is a shortcut and never the truth: whatever differs in any way (a time of a file, a name in the store, a variable of
 * the environment), and whatever cannot be read, makes it say nothing, and the build goes its usual way.
 */

/** A build is the same one if it is asked for with the same words, in the same place and environment. */
export interface Asked {
  /** The store. */
  readonly root: string
  readonly words: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** What a build came to, and what that depends on. */
export interface Outcome {
  readonly events: ReadonlyArray<BuildEvent>
  /** Paths of files that are there or not: the Dockerfile and ignore files, by every name that is looked for. */
  readonly files: ReadonlyArray<string>
  /** The context, where a step reads it. */
  readonly context: string | undefined
  /** Records of the store that must be there, relative to its root: of images, of steps in the cache. */
  readonly records: ReadonlyArray<string>
  /** Records of the cache that a build of the kind uses, relative to the root: the cache prunes by when they were used last. */
  readonly used: ReadonlyArray<string>
}

/** The state of what an outcome depends on. */
interface Dependencies {
  /** Digest of a file, `-` where it is not there, by path. */
  readonly files: Readonly<Record<string, string>>
  readonly context: { readonly path: string; readonly signature: string } | undefined
  readonly records: ReadonlyArray<string>
  /** Every name in the store, so that base images are the same and the names are still given. */
  readonly names: string
}

interface Memo extends Dependencies {
  readonly used: ReadonlyArray<string>
  readonly events: ReadonlyArray<BuildEvent>
}

/** Looking at more entries takes as long as a build that looks everything up. */
const mostEntries = 2000

const mostMemos = 64

/** A file that changed less than this before the build began may have changed while it was read. */
const settledMillis = 50

/** A change is too fresh, or there is too much to look at. */
class Unsettled extends Error {
  override readonly name = "Unsettled"
}

const settled = (stat: fs.Stats, before: number): fs.Stats => {
  if (stat.ctimeMs >= before) throw new Unsettled(`changed at ${stat.ctimeMs}`)
  return stat
}

/** Digest of a file that did not change since `before`. */
const fileState = (file: string, before: number): string => {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile()) return "-"
  settled(stat, before)
  settled(fs.lstatSync(file), before)
  return Digest.ofBytes(fs.readFileSync(file))
}

/** Digest over what lstat(2) says of every entry of a tree: what changes a file or its place changes this. */
const signatureOf = (root: string, before: number): string => {
  const entries: Array<ReadonlyArray<string | number>> = []
  const directories = [root]
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    settled(fs.statSync(directory), before)
    for (const name of fs.readdirSync(directory).sort()) {
      if (entries.length >= mostEntries) throw new Unsettled("too many entries")
      const entry = path.join(directory, name)
      const stat = settled(fs.lstatSync(entry), before)
      const { mode, uid, gid, size, ino, mtimeMs, ctimeMs } = stat
      entries.push([entry, mode, uid, gid, size, ino, mtimeMs, ctimeMs])
      if (stat.isDirectory()) directories.push(entry)
    }
  }
  return Digest.ofBytes(JSON.stringify(entries))
}

const indexOf = (root: string): string => path.join(root, "index.json")

const memoFile = ({ root, words, environment }: Asked): string => {
  const variables = Object.entries(environment).sort(([left], [right]) => (left < right ? -1 : 1))
  const key = Digest.ofBytes(JSON.stringify([process.cwd(), process.geteuid?.(), words, variables]))
  return path.join(root, "cache", "repeats", `${Digest.hex(key)}.json`)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Written by this program to a directory of its own; another version's is not under this key's version. */
const isMemo = (value: unknown, version: string): value is Memo =>
  isObject(value) &&
  value["version"] === version &&
  isObject(value["files"]) &&
  Array.isArray(value["records"]) &&
  Array.isArray(value["used"]) &&
  Array.isArray(value["events"]) &&
  typeof value["names"] === "string"

const holds = (memo: Memo, root: string): boolean => {
  const now = Number.POSITIVE_INFINITY
  return (
    fileState(indexOf(root), now) === memo.names &&
    Object.entries(memo.files).every(([file, state]) => fileState(file, now) === state) &&
    memo.records.every((record) => fs.existsSync(path.join(root, record))) &&
    (memo.context === undefined || signatureOf(memo.context.path, now) === memo.context.signature)
  )
}

/** As a build that looks them up does (BuildCache.touch). */
const touch = (root: string, used: ReadonlyArray<string>): void => {
  const now = new Date()
  for (const record of used) {
    const file = path.join(root, record)
    if (fs.existsSync(file)) fs.utimesSync(file, now, now)
  }
}

/** What the same build said, if it would say the same now; undefined where that is not certain. */
export const recall = (asked: Asked, version: string): ReadonlyArray<BuildEvent> | undefined => {
  try {
    const memo: unknown = JSON.parse(fs.readFileSync(memoFile(asked), "utf8"))
    if (!isMemo(memo, version) || !holds(memo, asked.root)) return undefined
    touch(asked.root, memo.used)
    return memo.events
  } catch {
    return undefined
  }
}

/** Keeps what a build that began at `startedAt` (milliseconds since 1970) said, unless something changed meanwhile. */
export const remember = (asked: Asked, outcome: Outcome, startedAt: number, version: string): void => {
  const before = startedAt - settledMillis
  try {
    const { context, events, records, used } = outcome
    const memo: Memo & { readonly version: string } = {
      version,
      names: fileState(indexOf(asked.root), before),
      files: Object.fromEntries(outcome.files.map((file) => [file, fileState(file, before)])),
      context: context === undefined ? undefined : { path: context, signature: signatureOf(context, before) },
      records,
      used,
      events
    }
    const file = memoFile(asked)
    const directory = path.dirname(file)
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
    for (const name of fs.readdirSync(directory).slice(mostMemos - 1))
      fs.rmSync(path.join(directory, name), { force: true })
    const unfinished = `${file}.${process.pid}`
    fs.writeFileSync(unfinished, JSON.stringify(memo), { mode: 0o600 })
    fs.renameSync(unfinished, file)
  } catch {
    // Nothing is lost: the next build looks everything up.
  }
}
