import * as fs from "node:fs"
import * as Event from "../../../core/store/Event.js"
import type { LayoutPaths } from "../../../core/store/LayoutPaths.js"
import * as Flock from "../../linux/Flock.js"

/** When the log starts anew; one older file is kept. Some thousands of events each. */
const longestBytes = 1 << 20

/** The log's files, oldest first. */
export const segments = (paths: LayoutPaths): readonly [older: string, newest: string] => [
  `${paths.events}/log.1`,
  `${paths.events}/log`
]

/** The log as it is too long is put aside, by one of those who notice. */
const rotate = (paths: LayoutPaths): void => {
  const [older, newest] = segments(paths)
  const fd = fs.openSync(`${paths.events}/lock`, "a", 0o600)
  try {
    if (Flock.tryLock(fd) && fs.statSync(newest).size > longestBytes) fs.renameSync(newest, older)
  } finally {
    fs.closeSync(fd)
  }
}

const openNewest = (paths: LayoutPaths): number => {
  const [, newest] = segments(paths)
  try {
    return fs.openSync(newest, "a", 0o600)
  } catch {
    fs.mkdirSync(paths.events, { recursive: true, mode: 0o700 })
    return fs.openSync(newest, "a", 0o600)
  }
}

/** Appends events in one write, so that nobody ever reads half of one. What goes wrong is nobody's failure. */
export const append = (paths: LayoutPaths, facts: ReadonlyArray<Event.Fact>): void => {
  if (facts.length === 0) return
  const timeNano = Event.nanoseconds(performance.timeOrigin + performance.now())
  const text = facts.map((fact) => `${Event.toJson({ ...fact, timeNano })}\n`).join("")
  try {
    const fd = openNewest(paths)
    try {
      fs.writeSync(fd, text)
      if (fs.fstatSync(fd).size > longestBytes) rotate(paths)
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    // A full disk, a store that is going away: what was done is done all the same.
  }
}
