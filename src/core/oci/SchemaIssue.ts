import * as ParseResult from "effect/ParseResult"

/** Where a document first departs from its schema, and how: `layers.0.digest: Expected Digest, actual "x"`. */
export const firstIssue = (error: ParseResult.ParseError): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  return issue === undefined ? "document" : `${issue.path.join(".") || "document"}: ${issue.message}`
}
