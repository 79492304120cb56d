import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Bundles } from "../../edge/bundle/BundleLive.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import type * as Arity from "../Arity.js"
import type { Failure } from "../Command.js"
import type { Line } from "../Grammar.js"
import type { Flags, Values } from "../Values.js"
import * as OciFlags from "./OciFlags.js"

/** A sub-command: its table, and its work for containers below `root`. */
export interface Subcommand {
  /** What follows its name. */
  readonly usage: string
  /** One line of help. */
  readonly summary: string
  readonly arity: Arity.Arity
  readonly flags: Flags
  readonly interspersed: boolean
  readonly run: (root: string, line: Line) => Effect.Effect<number, Failure, Bundles | Terminal>
}

/** A flag that asks for something that this runtime does not do, or a value that means nothing. */
export class Refused extends Data.TaggedError("Refused")<{ readonly message: string }> {}

/** Refuses. */
export const refuse = (message: string) => Effect.fail(new Refused({ message }))

/** Makes a sub-command of its declaration. */
export const subcommand = <F extends Flags>(declared: {
  readonly usage: string
  readonly summary: string
  readonly arity: Arity.Arity
  readonly flags: F
  readonly interspersed?: boolean
  readonly run: (
    root: string,
    id: string,
    flags: Values<F>,
    more: ReadonlyArray<string>
  ) => Effect.Effect<number, Failure, Bundles | Terminal>
}): Subcommand => ({
  ...declared,
  interspersed: declared.interspersed ?? true,
  run: (root, line) => {
    const [id = "", ...more] = line.args
    return declared.run(root, id, OciFlags.decode(declared.flags, line), more)
  }
})

/** Exit code 0. */
export const done = Effect.map(() => 0)

/** To stdout. */
export const print = (text: string) => Effect.flatMap(Terminal, (terminal) => terminal.out(text))

/** As other runtimes print their states. */
export const printJson = (value: unknown) => print(`${JSON.stringify(value, undefined, 2)}\n`)
