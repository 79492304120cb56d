import * as Data from "effect/Data"

/**
 * Why a template cannot be read or filled. `message` is Go's: `template: :1: unclosed action`, or
 * `template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"`.
 */
export class TemplateError extends Data.TaggedError("TemplateError")<{
  readonly reason: "Syntax" | "Execution"
  readonly message: string
}> {}
