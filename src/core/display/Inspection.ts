import * as Either from "effect/Either"
import * as Template from "./template/Template.js"
import type { TemplateError } from "./template/TemplateError.js"

/** How `inspect` shows things: all of them as one indented JSON list, or a template filled for each. */
export type InspectionFormat =
  | { readonly _tag: "Indented" }
  | { readonly _tag: "Template"; readonly template: Template.Template }

/** Reads `--format`: nothing, `json`, or a template. */
export const parse = (format: string | undefined): Either.Either<InspectionFormat, TemplateError> => {
  if (format === undefined || format === "") return Either.right({ _tag: "Indented" })
  return Either.map(Template.parse(format === "json" ? "{{json .}}" : format), (template) => ({
    _tag: "Template",
    template
  }))
}

/** The text for things found, and what is wrong with each that the template does not fit. */
export const show = (
  format: InspectionFormat,
  things: ReadonlyArray<unknown>
): { readonly text: string; readonly problems: ReadonlyArray<string> } => {
  if (format._tag === "Indented") return { text: `${JSON.stringify(things, null, 4)}\n`, problems: [] }
  const filled = things.map((thing) => Template.fill(format.template, thing))
  return {
    text: filled.map((one) => (Either.isRight(one) ? `${one.right}\n` : "")).join(""),
    problems: filled.flatMap((one) =>
      Either.isLeft(one) ? [`template parsing error: ${one.left.message}`] : []
    )
  }
}
