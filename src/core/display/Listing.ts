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
  /** The template of `raw`, where there is one. */
  readonly raw?: string
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

/** As Go's encoding/json writes it: members in order, nothing that HTML would read. */
const jsonOf = (row: Row) =>
  json(
    Object.fromEntries(
      Object.entries(row)
        .filter(([, value]) => typeof value !== "function")
        .sort(([a], [b]) => (a < b ? -1 : 1))
    )
  ).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)

/** The fields of a row about labels. */
export const labelFields = (labels: Readonly<Record<string, string>>): Row => ({
  Label: (name: string) => labels[name] ?? "",
  Labels: Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(",")
})

/** The titles of those fields. Source: docker/cli, formatter. */
export const labelTitles: Row = {
  Label: (name: string) => (name.split(".").at(-1) ?? name).replace(/[-_]/g, " "),
  Labels: "LABELS"
}

/**
 * A list as `--format` asks for it: a table with a header (`table`, or nothing), a table of other columns (`table TEMPLATE`),
 * one JSON object a line (`json`), Docker's `raw`, or one filled template a line.
 */
export const list = (
  { columns, raw, titles, type }: Listing,
  rows: ReadonlyArray<Row>,
  format: string | undefined
): Either.Either<string, TemplateError> => {
  const asked = format === undefined || format === "" || format === "table" ? `table ${columns}` : format
  if (asked === "json") return Either.right(rows.map((row) => `${jsonOf(row)}\n`).join(""))
  const isTable = asked.startsWith("table ")
  return Either.gen(function* () {
    if (asked === "raw" && raw !== undefined) return yield* list({ columns, titles, type }, rows, raw)
    const template = yield* parse(isTable ? asked.slice("table ".length).trim() : asked)
    const lines: Array<string> = []
    for (const row of rows) lines.push(`${yield* fill(template, row, { type })}\n`)
    if (!isTable) return lines.join("")
    const header = yield* fill(template, titles, { functions: headerFunctions, type })
    return tableOfTabs(`${header}\n${lines.join("")}`)
  })
}
