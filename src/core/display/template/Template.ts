import * as Either from "effect/Either"
import { type Functions, functions as ordinary, truth } from "./Functions.js"
import type { Body, Command, Node, Operand, Pipe, Template } from "./Node.js"
import { parse as parseWith } from "./Parser.js"
import { isMap, isRecord, shown, typeName } from "./Print.js"
import { TemplateError } from "./TemplateError.js"
import { place } from "./Token.js"

export type { Template } from "./Node.js"

type Result<A> = Either.Either<A, TemplateError>

/** A field that takes arguments, `{{.Label "key"}}`. */
export type Method = (...operands: ReadonlyArray<unknown>) => unknown

export interface Filling {
  readonly functions?: Functions
  /** Go's name of the data's type, for the message about a field that it does not have; absent for a map. */
  readonly type?: string
}

/** Reads a template in Go's syntax; `name` stands in messages, as Docker's (`""` for most, `version` for version). */
export const parse = (source: string, name = ""): Result<Template> => parseWith(name, source, ordinary)

type Signal = "break" | "continue" | undefined

/** The text of one template over one piece of data. Lives for one call of {@link fill}. */
class Execution {
  private text = ""
  private readonly variables: Array<{ readonly name: string; value: unknown }>

  constructor(
    readonly template: Template,
    readonly data: unknown,
    readonly filling: Filling
  ) {
    this.variables = [{ name: "$", value: data }]
  }

  problem(operand: { readonly offset: number; readonly source: string }, why: string): TemplateError {
    const { line, column } = place(this.template.source, operand.offset)
    const { name } = this.template
    const where = operand.source.length > 20 ? `${operand.source.slice(0, 20)}...` : operand.source
    return new TemplateError({
      reason: "Execution",
      message: `template: ${name}:${line}:${column}: executing "${name}" at <${where}>: ${why}`
    })
  }

  fail(operand: { readonly offset: number; readonly source: string }, why: string) {
    return Either.left(this.problem(operand, why))
  }

  whole(): Result<string> {
    return Either.map(this.body(this.template.body, this.data), () => this.text)
  }

  body(nodes: Body, dot: unknown): Result<Signal> {
    const mark = this.variables.length
    for (const node of nodes) {
      const signal = this.node(node, dot)
      if (Either.isLeft(signal) || signal.right !== undefined) return signal
    }
    this.variables.length = mark
    return Either.right(undefined)
  }

  node(node: Node, dot: unknown): Result<Signal> {
    switch (node._tag) {
      case "Text":
        this.text += node.text
        return Either.right(undefined)
      case "Print":
        return Either.map(this.pipe(node.pipe, dot), (value) => {
          if (node.pipe.variables.length === 0) this.text += shown(value)
          return undefined
        })
      case "If":
      case "With": {
        const mark = this.variables.length
        return Either.flatMap(this.pipe(node.pipe, dot), (value) => {
          const inner = node._tag === "With" ? value : dot
          const signal = truth(value) ? this.body(node.body, inner) : this.body(node.otherwise, dot)
          this.variables.length = mark
          return signal
        })
      }
      case "Range":
        return this.range(node, dot)
      case "Break":
        return Either.right("break")
      case "Continue":
        return Either.right("continue")
      case "Call":
        return this.call(node, dot)
    }
  }

  call(node: Extract<Node, { readonly _tag: "Call" }>, dot: unknown): Result<Signal> {
    const body = this.template.defined.get(node.template)
    if (body === undefined) {
      return this.fail(
        { offset: node.offset, source: `{{template "${node.template}"}}` },
        `template "${node.template}" not defined`
      )
    }
    const value = node.pipe === undefined ? Either.right(undefined) : this.pipe(node.pipe, dot)
    return Either.flatMap(value, (inner) => this.body(body, inner))
  }

  range(node: Extract<Node, { readonly _tag: "Range" }>, dot: unknown): Result<Signal> {
    const self = this
    return Either.gen(function* () {
      const mark = self.variables.length
      const whole = yield* self.pipe({ ...node.pipe, variables: [] }, dot)
      const entries: ReadonlyArray<readonly [unknown, unknown]> = Array.isArray(whole)
        ? whole.map((value, at) => [at, value] as const)
        : isRecord(whole)
          ? Object.keys(whole)
              .sort()
              .map((key) => [key, whole[key]] as const)
          : typeof whole === "number"
            ? Array.from({ length: whole }, (_, at) => [at, at] as const)
            : []
      const [operand] = node.pipe.commands[0]?.operands ?? []
      if (typeof whole === "string" || typeof whole === "boolean") {
        if (operand !== undefined)
          return yield* self.fail(operand, `range can't iterate over ${shown(whole)}`)
      }
      for (const [key, value] of entries) {
        const [first, second] = node.pipe.variables
        if (second !== undefined && first !== undefined) {
          self.variables.push({ name: first, value: key }, { name: second, value })
        } else if (first !== undefined) self.variables.push({ name: first, value })
        const signal = yield* self.body(node.body, value)
        self.variables.length = mark
        if (signal === "break") break
      }
      return entries.length === 0 ? yield* self.body(node.otherwise, dot) : undefined
    })
  }

  pipe(pipe: Pipe, dot: unknown): Result<unknown> {
    const self = this
    return Either.gen(function* () {
      let value: unknown
      let piped: ReadonlyArray<unknown> = []
      for (const command of pipe.commands) {
        value = yield* self.command(command, dot, piped)
        piped = [value]
      }
      for (const name of pipe.variables) {
        const variable = pipe.assigns ? self.variables.findLast((one) => one.name === name) : undefined
        if (variable === undefined) self.variables.push({ name, value })
        else variable.value = value
      }
      return value
    })
  }

  command(
    { operands: [head, ...rest] }: Command,
    dot: unknown,
    piped: ReadonlyArray<unknown>
  ): Result<unknown> {
    const self = this
    return Either.gen(function* () {
      if (head._tag === "Function") {
        if (head.name === "and" || head.name === "or")
          return yield* self.shortCircuit(head.name, rest, dot, piped)
        const values: Array<unknown> = []
        for (const operand of rest) values.push(yield* self.operand(operand, dot))
        const work = (self.filling.functions ?? ordinary).get(head.name)
        if (work === undefined) return yield* self.fail(head, `function "${head.name}" not defined`)
        const source = [head, ...rest].map((operand) => operand.source).join(" ")
        return yield* Either.mapLeft(work([...values, ...piped]), (why) =>
          self.problem({ offset: head.offset, source }, `error calling ${head.name}: ${why}`)
        )
      }
      const values: Array<unknown> = []
      for (const operand of rest) values.push(yield* self.operand(operand, dot))
      const method = [...values, ...piped]
      if (method.length > 0 && head._tag !== "Field" && head._tag !== "Variable") {
        return yield* self.fail(head, `can't give argument to non-function ${head.source}`)
      }
      return yield* self.operand(head, dot, method)
    })
  }

  shortCircuit(
    name: "and" | "or",
    rest: ReadonlyArray<Operand>,
    dot: unknown,
    piped: ReadonlyArray<unknown>
  ) {
    const self = this
    return Either.gen(function* () {
      let value: unknown = piped[0]
      for (const operand of rest) {
        value = yield* self.operand(operand, dot)
        if (truth(value) === (name === "or")) return value
      }
      return piped.length > 0 ? piped[0] : value
    })
  }

  operand(operand: Operand, dot: unknown, operands: ReadonlyArray<unknown> = []): Result<unknown> {
    switch (operand._tag) {
      case "Dot":
        return Either.right(dot)
      case "Nil":
        return Either.right(undefined)
      case "Literal":
        return Either.right(operand.value)
      case "Function":
        return this.command({ operands: [operand] }, dot, [])
      case "Variable": {
        const variable = this.variables.findLast(({ name }) => name === operand.name)
        return this.fields(operand, variable?.value, operand.fields, operands)
      }
      case "Field":
        return this.fields(operand, dot, operand.fields, operands)
      case "Group":
        return Either.flatMap(this.pipe(operand.pipe, dot), (value) =>
          this.fields(operand, value, operand.fields, operands)
        )
    }
  }

  /** Follows `.A.B.C`; the last field gets the operands if it is a method. */
  fields(
    operand: Operand,
    start: unknown,
    names: ReadonlyArray<string>,
    operands: ReadonlyArray<unknown>
  ): Result<unknown> {
    let value = start
    for (const [at, name] of names.entries()) {
      if (value === null || value === undefined) {
        return this.fail(
          operand,
          at === 0 ? `nil data; no entry for key "${name}"` : `nil pointer evaluating interface {}.${name}`
        )
      }
      if (!isRecord(value))
        return this.fail(operand, `can't evaluate field ${name} in type ${typeName(value)}`)
      if (!Object.hasOwn(value, name) && !isMap(value)) {
        return this.fail(
          operand,
          value === this.data && this.filling.type !== undefined
            ? `can't evaluate field ${name} in type ${this.filling.type}`
            : `map has no entry for key "${name}"`
        )
      }
      const next: unknown = value[name]
      const given = at === names.length - 1 ? operands : []
      if (typeof next === "function") value = next(...given)
      else if (given.length > 0)
        return this.fail(operand, `${name} has arguments but cannot be invoked as function`)
      else value = next
    }
    return Either.right(value)
  }
}

/** Fills a template with data: JSON values, and functions where a field is a {@link Method}. */
export const fill = (template: Template, data: unknown, filling: Filling = {}): Result<string> =>
  new Execution(template, data, filling).whole()
