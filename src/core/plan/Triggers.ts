import * as Either from "effect/Either"
import type { Instruction } from "../dockerfile/Instruction.js"
import * as Parser from "../dockerfile/Parser.js"
import type { SourceRange } from "../dockerfile/SourceRange.js"
import { PlanError } from "./PlanError.js"

/** The instructions that a base's ONBUILD expressions are. `range`: the FROM that fires them. */
export const parse = (
  expressions: ReadonlyArray<string>,
  range: SourceRange
): Either.Either<ReadonlyArray<Instruction>, PlanError> =>
  Either.all(
    expressions.map((expression) =>
      Either.mapLeft(
        Parser.parseTrigger(expression),
        (error) => new PlanError({ reason: "onbuild", message: error.message, range })
      )
    )
  )
