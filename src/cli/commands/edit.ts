import * as Effect from "effect/Effect"
import type { Difference } from "../../core/display/Difference.js"
import type { StoredContainer } from "../../edge/store/ContainerStore.js"
import { edited } from "../../edge/terminal/Editor.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Edit from "../../engine/Edit.js"
import { find } from "../../engine/Find.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as EditFlags from "../EditFlags.js"
import * as EditRecipe from "../EditRecipe.js"
import * as EditView from "../EditView.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"
import { readFiles } from "../MakeContainer.js"

interface How {
  readonly now: boolean
  readonly plan: boolean
  readonly format: "text" | "json"
}

/** Shows what would change, or makes it so. */
const carryOut = (container: StoredContainer, request: Edit.EditRequest, how: How) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const planned = yield* Edit.plan(container, request)
    if (!how.plan) return yield* Effect.as(Edit.apply(planned, how.now), planned)
    const found = yield* Effect.either(Edit.specification(planned))
    const none: ReadonlyArray<Difference> = []
    yield* terminal.out(
      EditView.plan(planned.changes, found._tag === "Right" ? found.right : none, how.format)
    )
    if (found._tag === "Left")
      yield* terminal.err(`Note: as things are the container could not be started: ${found.left.message}\n`)
    return planned
  })

/** The user changes the recipe in an editor. */
const inEditor = (container: StoredContainer, how: How) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const before = yield* EditRecipe.text(container)
    const planned = yield* edited(before, (after) =>
      Effect.gen(function* () {
        const request = after === before ? undefined : yield* EditRecipe.request(container, after)
        return request === undefined ? undefined : yield* carryOut(container, request, how)
      })
    )
    if (planned === undefined || planned.changes.length === 0) yield* terminal.err("Nothing was changed.\n")
    else if (!how.plan) yield* terminal.err(EditView.flags(planned.changes))
  })

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [-- COMMAND [ARG...]]",
  arity: Arity.atLeast(1),
  flags: {
    ...EditFlags.flags,
    format: FormatFlag.textOrJson('Format of --plan: "text" or "json"'),
    now: Flag.toggle("now", {
      help: "Stop and start a running container for what cannot be changed while it runs"
    }),
    plan: Flag.toggle("plan", { help: "Print what would change, and change nothing" })
  },
  run: (values, [name = "", ...words]) =>
    Effect.gen(function* () {
      const { format = "text", now, plan } = values
      const how = { now, plan, format } as const
      const container = yield* find(name)
      const changes = EditFlags.changes(values, words)
      const given = [changes.set, changes.remove, changes.unset].flatMap(Object.keys)
      if (given.length === 0 && words.length === 0 && values.name === undefined)
        return yield* Effect.as(inEditor(container, how), 0)
      const caller = {
        environment: process.env,
        workingDirectory: process.cwd(),
        files: yield* readFiles(changes.set)
      }
      yield* carryOut(container, { name: values.name, caller, what: { _tag: "Changes", changes } }, how)
      if (!plan) yield* (yield* Terminal).out(`${name}\n`)
      return 0
    })
})
