import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/** One error of a registry's answer. Source: distribution-spec, "Error Codes". */
export interface RegistryComplaint {
  readonly code: string
  readonly message: string
}

const Entry = Schema.Struct({
  code: Schema.optionalWith(Schema.Union(Schema.String, Schema.Number), { default: () => "UNKNOWN" }),
  message: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => "" })
})
const Body = Schema.Struct({ errors: Schema.NonEmptyArray(Entry) })
/** What token servers and gateways answer instead. */
const Details = Schema.Struct({
  details: Schema.optional(Schema.String),
  message: Schema.optional(Schema.String),
  error: Schema.optional(Schema.String),
  error_description: Schema.optional(Schema.String)
})
const decode = Schema.decodeUnknownEither(Schema.parseJson(Schema.Union(Body, Details)))

/** One line that a person can be shown: no control characters, not endless. */
const clean = (text: string): string =>
  [...text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim()].slice(0, 300).join("")

/** The complaints in an error answer's body; none where it is not one. Never throws. */
export const parse = (body: string): ReadonlyArray<RegistryComplaint> => {
  const decoded = decode(body)
  if (Either.isLeft(decoded)) return []
  if ("errors" in decoded.right) {
    return decoded.right.errors.map(({ code, message }) => ({
      code: clean(String(code)),
      message: clean(message ?? "")
    }))
  }
  const { details, error, error_description, message } = decoded.right
  const text = details ?? error_description ?? message ?? error
  return text === undefined ? [] : [{ code: "UNKNOWN", message: clean(text) }]
}

/** Docker's words for a complaint: `manifest unknown: manifest unknown`. */
export const print = ({ code, message }: RegistryComplaint): string => {
  const words = code.toLowerCase().replaceAll("_", " ")
  return message === "" ? words : `${words}: ${message}`
}
