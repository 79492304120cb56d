import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { decimalSize } from "../core/display/Size.js"
import * as Reference from "../core/oci/Reference.js"
import type { Removed } from "../edge/store/ImageStore.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import type { Pruned } from "../engine/Prune.js"
import * as PruneFilter from "../engine/PruneFilter.js"
import * as Flag from "./Flag.js"

/** The flags that every prune command has. */
export const flags = {
  filter: Flag.filters('Provide filter values (e.g. "label=<key>=<value>")'),
  force: Flag.toggle("force", { short: "f", help: "Do not prompt for confirmation" })
}

/** Reads the filters against the time that it is now. */
export const filter = (pairs: ReadonlyArray<readonly [string, string]>) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => PruneFilter.parse(pairs, now))

/** The first line of standard input; empty where there is none. */
const answer = Effect.promise(async () => {
  let text = ""
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.includes("\n")) break
  }
  return (text.split("\n")[0] ?? "").trim().toLowerCase()
})

/** Asks before something is removed; true for yes. */
export const confirmed = (force: boolean, warning: string) =>
  Effect.gen(function* () {
    if (force) return true
    const terminal = yield* Terminal
    yield* terminal.out(`WARNING! ${warning}Are you sure you want to continue? [y/N] `)
    const said = yield* answer
    return said === "y" || said === "yes"
  })

const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

const imageLine = (removed: Removed): string =>
  removed._tag === "Untagged" ? `untagged: ${familiar(removed.reference)}` : `deleted: ${removed.id}`

/** A list under its heading; nothing for an empty one. */
export const section = (heading: string, lines: ReadonlyArray<string>): string =>
  lines.length === 0 ? "" : `${heading}:\n${lines.map((line) => `${line}\n`).join("")}\n`

export const imageSection = (images: ReadonlyArray<Removed>): string =>
  section("Deleted Images", images.map(imageLine))

/** The last line of every prune command. */
export const total = (...all: ReadonlyArray<Pruned<unknown>>): string =>
  `Total reclaimed space: ${decimalSize(all.reduce((sum, { reclaimedBytes }) => sum + reclaimedBytes, 0))}\n`
