import * as Either from "effect/Either"
import { tableOfTabs } from "./Table.js"
import { headerFunctions, json } from "./template/Functions.js"
import * as Template from "./template/Template.js"
import { TemplateError } from "./template/TemplateError.js"

/** One thing of a list, by the names that `--format` knows; functions are for fields with operands (`.Label "key"`). */
export type Row = Readonly<Record<string, unknown>>

/** How a command lists things. */
export interface Listing {
  /** The template of the table, cells separated by tabs. */
  readonly columns: string
  /** Each field's title in a table's header. */
  readonly titles: Row
  /** What Docker calls the type of a row, for its message about unknown fields: `*formatter.ImageContext`. */
  readonly type: string
}

const parse = (source: string): Either.Either<Template.Template, TemplateError> =>
  Either.mapLeft(
    Template.parse(source.replaceAll("\\t", "\t").replaceAll("\\n", "\n")),
    ({ message }) => new TemplateError({ reason: "Syntax", message: `template parsing error: ${message}` })
  )

const fill = (template: Template.Template, row: Row, filling: Template.Filling) =>
  Either.mapLeft(
    Template.fill(template, row, filling),
    ({ message }) =>
      new TemplateError({ reason: "Execution", message: `failed to execute template: ${message}` })
  )

const jsonOf = (row: Row) =>
  json(
    Object.fromEntries(
      Object.entries(row)
        .filter(([, value]) => typeof value !== "function")
        .sort(([a], [b]) => (a < b ? -1 : 1))
    )
  )

/**
 * A list as `--format` asks for it: a table with a header (`table`, or nothing), a table of other columns (`table TEMPLATE`),
 * one JSON object a line (`json`), or one filled template a line.
 */
export const list = (
  { columns, titles, type }: Listing,
  rows: ReadonlyArray<Row>,
  format: string | undefined
): Either.Either<string, TemplateError> => {
  const asked = format === undefined || format === "" || format === "table" ? `table ${columns}` : format
  if (asked === "json") return Either.right(rows.map((row) => `${jsonOf(row)}\n`).join(""))
  const isTable = asked.startsWith("table ")
  return Either.gen(function* () {
    const template = yield* parse(isTable ? asked.slice("table ".length).trim() : asked)
    const lines: Array<string> = []
    for (const row of rows) lines.push(`${yield* fill(template, row, { type })}\n`)
    if (!isTable) return lines.join("")
    const header = yield* fill(template, titles, { functions: headerFunctions, type })
    return tableOfTabs(`${header}\n${lines.join("")}`)
  })
}
