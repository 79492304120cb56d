/** A template's tree. Offsets are into the source, for messages. Source: Go's text/template/parse. */
export type Node =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Print"; readonly pipe: Pipe }
  | { readonly _tag: "If"; readonly pipe: Pipe; readonly body: Body; readonly otherwise: Body }
  | { readonly _tag: "With"; readonly pipe: Pipe; readonly body: Body; readonly otherwise: Body }
  | { readonly _tag: "Range"; readonly pipe: Pipe; readonly body: Body; readonly otherwise: Body }
  | { readonly _tag: "Break" }
  | { readonly _tag: "Continue" }
  | {
      readonly _tag: "Call"
      readonly template: string
      readonly pipe: Pipe | undefined
      readonly offset: number
    }

export type Body = ReadonlyArray<Node>

/** Commands joined by `|`, and the variables that get the result (two in a range: index and element). */
export interface Pipe {
  readonly variables: ReadonlyArray<string>
  readonly assigns: boolean
  readonly commands: ReadonlyArray<Command>
}

/** A function or field and its operands, or one operand. */
export interface Command {
  readonly operands: readonly [Operand, ...ReadonlyArray<Operand>]
}

export type Operand = { readonly offset: number; readonly source: string } & (
  | { readonly _tag: "Dot" }
  | { readonly _tag: "Nil" }
  | { readonly _tag: "Literal"; readonly value: string | number | boolean }
  | { readonly _tag: "Function"; readonly name: string }
  | { readonly _tag: "Variable"; readonly name: string; readonly fields: ReadonlyArray<string> }
  | { readonly _tag: "Field"; readonly fields: ReadonlyArray<string> }
  | { readonly _tag: "Group"; readonly pipe: Pipe; readonly fields: ReadonlyArray<string> }
)

/** A parsed template: its own body, and those that `define` named. */
export interface Template {
  readonly name: string
  readonly source: string
  readonly body: Body
  readonly defined: ReadonlyMap<string, Body>
}
