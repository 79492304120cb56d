import * as Either from "effect/Either"
import type { Dockerfile } from "../../core/dockerfile/Dockerfile.js"
import * as Parser from "../../core/dockerfile/Parser.js"
import * as SourceExcerpt from "../../core/dockerfile/SourceExcerpt.js"
import type { SourceRange } from "../../core/dockerfile/SourceRange.js"
import type { BuildPlan } from "../../core/plan/BuildPlan.js"
import * as Entitlement from "../../core/plan/Entitlement.js"
import type { PlanError } from "../../core/plan/PlanError.js"
import type { OpenContext } from "../../edge/build/BuildContext.js"
import { BuildFailure } from "./BuildRequest.js"

/** The Dockerfile of a context as text. */
export const text = (context: OpenContext): string => new TextDecoder().decode(context.dockerfile)

/** The lines around an instruction, marked; none for what no line of the file says. */
export const excerpt =
  (context: OpenContext) =>
  ({ start, end }: SourceRange): string =>
    start.line === 0
      ? ""
      : SourceExcerpt.render(text(context), context.dockerfileName, [start.line, end.line])

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
    isUnsolved: true,
    cause
  })

/** The syntax tree, or what is wrong with the file, with the lines around it. */
export const parsed = (context: OpenContext): Either.Either<Dockerfile, BuildFailure> =>
  Either.mapLeft(Parser.parse(context.dockerfile), (error) =>
    located(context, error.message, error.lines, error)
  )

/** Fails where a step takes what the user has not allowed, with the lines around it. */
export const allowed = (
  context: OpenContext,
  plan: BuildPlan,
  entitlements: ReadonlySet<Entitlement.Entitlement>
): Either.Either<void, BuildFailure> => {
  const found = Entitlement.missing(plan, entitlements)
  if (found === undefined) return Either.void
  const { step, entitlement } = found
  return Either.left(
    located(
      context,
      `${entitlement} is not allowed: add --allow ${entitlement} if this Dockerfile may do with this machine what you may`,
      [step.range.start.line, step.range.end.line],
      undefined
    )
  )
}

/** Why the file cannot be planned, with the lines around the instruction. */
export const unplannable =
  (context: OpenContext) =>
  (error: PlanError): BuildFailure =>
    located(context, error.message, [error.range.start.line, error.range.end.line], error)
