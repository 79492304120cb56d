import type { Common } from "../dockerfile/Instruction.js"
import type { LintRuleName } from "./LintRule.js"

/** Where a warning belongs: the instruction, whose comments may silence rules. */
export type Subject = Pick<Common, "range" | "comments">

/** Takes what a check found, unless its rule is silenced there. */
export type Report = (rule: LintRuleName, subject: Subject, message: string) => void
