import * as Effect from "effect/Effect"
import type { Failure } from "./Command.js"

/** How messages about a template call it and its data. */
export interface Names {
  readonly name?: string
  readonly type: string
}

/** One thing as `--format` asks for it: `json`, or a template; a line. The language is loaded for lines that use it. */
export const filled = (
  format: string,
  thing: unknown,
  { name = "", type }: Names
): Effect.Effect<string, Failure> =>
  Effect.gen(function* () {
    const Template = yield* Effect.promise(() => import("../core/display/template/Template.js"))
    const template = yield* Effect.mapError(
      Template.parse(format === "json" ? "{{json .}}" : format, name),
      ({ message }) => ({ message: `template parsing error: ${message}`, exitCode: 64 })
    )
    return `${yield* Template.fill(template, thing, { type })}\n`
  })
