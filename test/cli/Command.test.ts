import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import * as Arity from "../../src/cli/Arity.js"
import { command } from "../../src/cli/Command.js"
import * as Flag from "../../src/cli/Flag.js"
import * as Grammar from "../../src/cli/Grammar.js"
import { Terminal } from "../../src/edge/terminal/Terminal.js"

const silent = Layer.succeed(Terminal, {
  out: () => Effect.void,
  err: () => Effect.void,
  outIsTerminal: false,
  errIsTerminal: false,
  inIsTerminal: false,
  columns: Effect.succeed(80),
  rows: Effect.succeed(24)
})

/** What a command with these flags gets for an argv. */
const received = (argv: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    let got: unknown
    const probe = command({
      needs: "nothing",
      usage: "[OPTIONS]",
      arity: Arity.any,
      flags: {
        all: Flag.toggle("all", { short: "a", help: "" }),
        trunc: Flag.toggle("trunc", { help: "", absent: true }),
        env: Flag.texts("env", { short: "e", help: "" }),
        name: Flag.text("name", { short: "A", help: "" }),
        count: Flag.integer("count", { help: "" })
      },
      run: (flags, args) =>
        Effect.sync(() => {
          got = { ...flags, args }
          return 0
        })
    })
    const line = Grammar.read(probe, argv)
    if (line._tag !== "Line") return line
    yield* Effect.provide(probe.execute(Grammar.normalise(probe.flags, line)), silent)
    return got
  })

describe("a command receives", () => {
  it.effect("typed values of its flags, and what stands for absent ones", () =>
    Effect.gen(function* () {
      expect(yield* received([])).toEqual({
        all: false,
        trunc: true,
        env: [],
        name: undefined,
        count: undefined,
        args: []
      })
      expect(
        yield* received(["-a", "--trunc=0", "-eA=b", "-e", "C", "-A", "x", "--name=y", "--count=3", "i"])
      ).toEqual({
        all: true,
        trunc: false,
        env: ["A=b", "C"],
        name: "y",
        count: 3,
        args: ["i"]
      })
    })
  )
  it.effect.prop(
    "any value and any argument unchanged, also those that look like flags",
    [
      FastCheck.array(
        FastCheck.oneof(
          FastCheck.string(),
          FastCheck.constantFrom("--", "--all", "-a", "--help", "=", "--wizard")
        )
      )
    ],
    ([texts]) =>
      Effect.gen(function* () {
        const argv = [...texts.flatMap((text) => ["--env", text]), "--", ...texts]
        expect(yield* received(argv)).toMatchObject({ env: texts, args: texts, all: false })
      })
  )
})
