import * as SourceExcerpt from "../dockerfile/SourceExcerpt.js"
import type { SourceRange } from "../dockerfile/SourceRange.js"
import { type LintRuleName, url } from "./LintRule.js"

/** One thing that a rule found. */
export interface LintWarning {
  readonly rule: LintRuleName
  /** What is wrong here, with the names in question. */
  readonly message: string
  /** The instruction. */
  readonly range: SourceRange
}

/** ` - Rule: message (line 3)`: how a build lists its warnings. */
export const summary = ({ rule, message, range }: LintWarning): string =>
  ` - ${rule}: ${message} (line ${range.start.line})`

/** The warning with its address and the lines it is about: how `build --check` shows it. */
export const detail = (warning: LintWarning, text: string, fileName: string): string =>
  [
    `WARNING: ${warning.rule} - ${url(warning.rule)}`,
    warning.message,
    SourceExcerpt.render(text, fileName, [warning.range.start.line, warning.range.end.line])
  ].join("\n")
