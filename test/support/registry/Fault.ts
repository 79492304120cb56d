import * as Data from "effect/Data"

/** How a lying registry treats one request instead of answering it. */
export type Fault = Data.TaggedEnum<{
  /** Announces the whole body and drops the connection after this many bytes of it. */
  Truncate: { readonly after: number }
  /** Sends the body with one byte changed. */
  Corrupt: {}
  /** Announces the whole body, sends this many bytes, and then nothing, for ever. */
  Stall: { readonly after: number }
  /** Announces and sends only this many bytes of the body, or more than it has. */
  Resize: { readonly size: number }
  /** Sends the body with other headers. */
  Relabel: { readonly headers: Readonly<Record<string, string>> }
  Redirect: { readonly status: number; readonly location: string }
  Status: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  /** Drops the connection without an answer. */
  Drop: {}
  /** Takes this many bytes of the request's body, keeps them, and drops the connection. */
  DropUpload: { readonly after: number }
  /** Does as it is asked, and drops the connection in place of the answer. */
  Swallow: {}
  /** Ignores that a part was asked for. */
  IgnoreRange: {}
}>
export const Fault = Data.taggedEnum<Fault>()

/** A fault, for which requests, and how often. */
export interface Plan {
  readonly method: string
  readonly path: RegExp
  times: number
  readonly fault: Fault
}
