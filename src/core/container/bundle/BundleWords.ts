import * as Schema from "effect/Schema"

/** A member that may be missing or null. */
export const nullable = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))
/** A whole number; those beyond 2^53 arrive as text, see LargeNumbers. */
export const whole = Schema.Union(
  Schema.Int,
  Schema.transform(Schema.String.pipe(Schema.pattern(/^-?\d{1,20}$/)), Schema.Number, {
    decode: Number,
    encode: String
  })
)
