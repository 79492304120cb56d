import * as Either from "effect/Either"
import * as Flag from "./Flag.js"

const list = `Format output using a custom template:
'table':            Print output in table format
with column headers (default)
'table TEMPLATE':   Print output in table format
using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given
Go template`

const thing = `Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given
Go template`

/** `--format` of a command that lists things. */
export const ofList = Flag.text("format", { help: list })

/** `-f, --format` of a command that shows things. */
export const ofThing = Flag.text("format", { short: "f", help: thing })

/** `--format` of what is text for people, or JSON. */
export const textOrJson = (help: string): Flag.Flag<"text" | "json" | undefined> =>
  Flag.value("format", { help }, (text) =>
    text === "text" || text === "json" ? Either.right(text) : Either.left('must be "text" or "json"')
  )
