import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CopiedEntry } from "../../core/container/Mount.js"
import * as LayeredTree from "../host/LayeredTree.js"
import { RuntimeError } from "../runtime/RuntimeError.js"
import { RootTrees } from "./RootTrees.js"

/** Each takes some steps of a program; a tmpfs for scratch space starts with a handful. */
const mostEntries = 4096

const kindOf = (stats: fs.Stats, place: string): CopiedEntry["kind"] | undefined => {
  if (stats.isDirectory()) return { _tag: "Directory" }
  if (stats.isFile()) return { _tag: "File", size_bytes: stats.size }
  return stats.isSymbolicLink() ? { _tag: "Link", target: fs.readlinkSync(place) } : undefined
}

const refused = (message: string) => new RuntimeError({ reason: "Unsupported", exitCode: 125, message })

const walk = (top: string, target: string): ReadonlyArray<CopiedEntry> => {
  const entries: Array<CopiedEntry> = []
  const visit = (path: string): void => {
    const place = `${top}/${path}`
    const stats = fs.lstatSync(place)
    const kind = kindOf(stats, place)
    if (kind === undefined)
      throw refused(`tmpcopyup of ${target}: ${path} is neither file, directory nor link`)
    entries.push({ path, kind, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid })
    if (entries.length > mostEntries)
      throw refused(`tmpcopyup of ${target}: more than ${mostEntries} entries`)
    if (kind._tag === "Directory")
      for (const name of fs.readdirSync(place)) visit(path === "." ? name : `${path}/${name}`)
  }
  visit(".")
  return entries
}

/** On this host's file system. */
export const layer: Layer.Layer<RootTrees> = Layer.succeed(RootTrees, {
  entries: (root, targets) =>
    Effect.try({
      try: () =>
        Object.fromEntries(
          targets.map((target) => {
            const found = LayeredTree.find([root], target)
            const top = found?.kind === "directory" ? found.places[0] : undefined
            return [target, top === undefined ? [] : walk(top, target)]
          })
        ),
      catch: (cause) =>
        cause instanceof RuntimeError
          ? cause
          : refused(`tmpcopyup: the root cannot be read: ${String(cause)}`)
    }),
  dangling: (root, targets) =>
    Effect.try({
      try: () => LayeredTree.danglingOf([root], targets),
      catch: (cause) => refused(`the root cannot be read: ${String(cause)}`)
    })
})
