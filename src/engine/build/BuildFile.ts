import * as Either from "effect/Either"
import type { Dockerfile } from "../../core/dockerfile/Dockerfile.js"
import * as Parser from "../../core/dockerfile/Parser.js"
import * as SourceExcerpt from "../../core/dockerfile/SourceExcerpt.js"
import type { PlanError } from "../../core/plan/PlanError.js"
import type { OpenContext } from "../../edge/build/BuildContext.js"
import { BuildFailure } from "./BuildRequest.js"

/** The Dockerfile of a context as text. */
export const text = (context: OpenContext): string => new TextDecoder().decode(context.dockerfile)

const located = (
  context: OpenContext,
  message: string,
  lines: readonly [first: number, last: number],
  cause: unknown
): BuildFailure =>
  new BuildFailure({
    message,
    exitCode: 1,
    stage: undefined,
    excerpt: SourceExcerpt.render(text(context), context.dockerfileName, lines),
    cause
  })

/** The syntax tree, or what is wrong with the file, with the lines around it. */
export const parsed = (context: OpenContext): Either.Either<Dockerfile, BuildFailure> =>
  Either.mapLeft(Parser.parse(context.dockerfile), (error) =>
    located(
      context,
      error.reason === "empty" ? `the Dockerfile (${context.dockerfileName}) cannot be empty` : error.message,
      error.lines,
      error
    )
  )

/** Why the file cannot be planned, with the lines around the instruction. */
export const unplannable =
  (context: OpenContext) =>
  (error: PlanError): BuildFailure =>
    located(context, error.message, [error.range.start.line, error.range.end.line], error)
