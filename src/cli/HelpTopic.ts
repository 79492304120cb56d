import * as Effect from "effect/Effect"
import * as Help from "./Help.js"
import { find } from "./Route.js"

/** The help for these words: of the program, of a group, or of a command, whose module it loads. */
export const text = (topic: ReadonlyArray<string>): Effect.Effect<string> => {
  const found = find(topic)
  if (found !== undefined) {
    const [entry, path] = found
    return Effect.map(Effect.promise(entry.load), ({ default: command }) =>
      Help.ofCommand(entry, path, command)
    )
  }
  const [group] = topic
  return Effect.sync(() => (group === undefined || group === "help" ? Help.ofProgram() : Help.ofGroup(group)))
}
