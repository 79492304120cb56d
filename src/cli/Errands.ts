import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Handlers } from "../edge/supervisor/ControlServer.js"
import { ErrandDesk } from "../edge/supervisor/ErrandDesk.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import * as TerminalWritable from "../edge/terminal/TerminalWritable.js"
import { UserTerminal } from "../edge/terminal/UserTerminal.js"
import { dispatch } from "./Dispatch.js"
import { present } from "./Failed.js"
import type { Provided } from "./Provided.js"
import { find } from "./Route.js"

/**
 * Does commands for others who have not loaded what they need. Undefined for one that must do it itself: what is not marked
 * for this, what the command's `errand` declines, and whatever is wrong with the words.
 */
const taking =
  (context: Context.Context<Provided["containers"]>): Handlers["errand"] =>
  (path, argv) =>
    Effect.gen(function* () {
      const [entry] = find(path.split(" ")) ?? []
      if (entry?.errand !== true) return undefined
      const { default: command } = yield* Effect.promise(entry.load)
      if (command.needs !== "containers") return undefined
      const next = dispatch(entry, path, command, argv)
      if (next._tag === "Answer" || command.isErrand?.(next.line) !== true) return undefined
      return (sinks) => {
        const terminal = TerminalWritable.terminal(sinks)
        return command.execute(next.line).pipe(
          Effect.catchAll((failure) => {
            const { err, exitCode } = present(failure, path, command)
            return Effect.as(terminal.err(err), exitCode)
          }),
          Effect.provideService(Terminal, terminal),
          Effect.provideService(UserTerminal, TerminalWritable.userTerminal(sinks)),
          Effect.provide(context)
        )
      }
    })

/** The desk of a process that has what containers live on. */
export const layer: Layer.Layer<ErrandDesk, never, Provided["containers"]> = Layer.effect(
  ErrandDesk,
  Effect.map(Effect.context<Provided["containers"]>(), (context) => ErrandDesk.of({ take: taking(context) }))
)
