import * as Effect from "effect/Effect"
import * as ShellWords from "../core/display/ShellWords.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import type { EditRequest } from "../engine/Edit.js"
import { recipe } from "../engine/Recipe.js"
import type { Failure } from "./Command.js"
import * as ContainerFlags from "./ContainerFlags.js"
import * as Grammar from "./Grammar.js"
import * as MadeFlags from "./MadeFlags.js"
import { readFiles } from "./MakeContainer.js"
import { parse } from "./Parse.js"
import * as RecipeLine from "./RecipeLine.js"
import { texts } from "./Values.js"

const explanation = `# The command that made this container, for you to change: flags, and the command after the image.
# The image stays, as what the container has written lies on it. A backslash at the end continues the line.
# Nothing is changed if you leave it as it is, or empty it.
`

/** The command that made a container, a flag a line, to be edited. */
export const text = (container: StoredContainer) =>
  Effect.map(
    recipe(container),
    ({ recipe: told }) => `${explanation}${RecipeLine.lines(told).map(ShellWords.join).join(" \\\n  ")}\n`
  )

const table = { ...ContainerFlags.flags, name: ContainerFlags.making.name, ...MadeFlags.kept }

const fail = (message: string) => Effect.fail<Failure>({ message })

/** What an edited text asks for, read by the rules of `run`; undefined where it says nothing. */
export const request = (container: StoredContainer, edited: string) =>
  Effect.gen(function* () {
    const [kasane, by, ...argv] = yield* ShellWords.split(edited)
    if (kasane === undefined) return undefined
    if (kasane !== "kasane" || (by !== "run" && by !== "create"))
      return yield* fail('the command must begin with "kasane run" or "kasane create"')
    const line = Grammar.read({ flags: Object.values(table), interspersed: false }, argv)
    if (line._tag === "Misuse") return yield* fail(line.message)
    if (line._tag === "HelpWanted")
      return yield* fail("--help is for the command line: see kasane run --help")
    const { args, values } = yield* parse(table, line)
    const [image, ...command] = args
    if (image !== container.record.image)
      return yield* fail(
        `the image cannot be changed from ${container.record.image} to ${image ?? "none"}: what the container has written lies on it. Make another container of the other image`
      )
    const flags = ContainerFlags.given(values)
    const asked: EditRequest = {
      name: values.name,
      caller: { environment: {}, workingDirectory: process.cwd(), files: yield* readFiles(flags) },
      what: {
        _tag: "Whole",
        request: { flags, command },
        made: { by, flags: texts(MadeFlags.kept, values) }
      }
    }
    return asked
  })
