import * as Schema from "effect/Schema"

const Size = Schema.Struct({ rows: Schema.Int, columns: Schema.Int })

/** What a command asks of the supervisor: one request a connection. */
export const Request = Schema.Union(
  /**
   * Starts a container and keeps it. With `hold`, says `Prepared` before it runs and waits for `Go`, and `Ended` follows
   * `Done` when it has ended.
   */
  Schema.TaggedStruct("Start", { id: Schema.String, hold: Schema.Boolean, size: Schema.optional(Size) }),
  Schema.TaggedStruct("Go", {}),
  /** Answers when what the container has written so far is in its log. */
  Schema.TaggedStruct("Flush", { id: Schema.String }),
  /** Answers `Ended` when the life under way is over; `Done` at once where none is kept here. */
  Schema.TaggedStruct("Wait", { id: Schema.String }),
  /** A command of the command line, to be done for who asks. `Taken` and frames follow, the last with the exit code; or `Declined`. */
  Schema.TaggedStruct("Errand", {
    /** Which build asks: see `programIdentity`. */
    program: Schema.String,
    path: Schema.String,
    argv: Schema.Array(Schema.String)
  }),
  /** Looks for running containers that nobody relays any more. */
  Schema.TaggedStruct("Adopt", {})
)
export type Request = typeof Request.Type

export const Reply = Schema.Union(
  Schema.TaggedStruct("Prepared", {}),
  Schema.TaggedStruct("Taken", {}),
  Schema.TaggedStruct("Declined", {}),
  Schema.TaggedStruct("Done", {}),
  Schema.TaggedStruct("Ended", { exitCode: Schema.Int }),
  Schema.TaggedStruct("Failed", { message: Schema.String, exitCode: Schema.Int })
)
export type Reply = typeof Reply.Type

/** One line of the conversation. */
export const RequestLine = Schema.parseJson(Request)
export const ReplyLine = Schema.parseJson(Reply)
