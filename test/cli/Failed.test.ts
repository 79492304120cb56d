import { describe, expect, it } from "@effect/vitest"
import create from "../../src/cli/commands/create.js"
import ps from "../../src/cli/commands/ps.js"
import run from "../../src/cli/commands/run.js"
import { present } from "../../src/cli/Failed.js"
import * as InvalidOption from "../../src/core/container/InvalidOption.js"
import { EngineError } from "../../src/engine/EngineError.js"

const conflict = new EngineError({ reason: "Conflict", message: "the name is taken" })
const misuse = InvalidOption.option("--cpus", "too many")
const setting = InvalidOption.setting("--memory", "too little")

describe("a failure", () => {
  it("of run ends with 125, whoever refused", () => {
    for (const failure of [conflict, misuse, setting])
      expect(present(failure, "run", run)).toEqual({
        err: `kasane: ${failure.message}\n\nRun 'kasane run --help' for more information\n`,
        exitCode: 125
      })
  })

  it("of create ends with 125 where the words are wrong, and with 1 where the engine refuses", () => {
    expect(present(misuse, "create", create).exitCode).toBe(125)
    for (const failure of [conflict, setting])
      expect(present(failure, "create", create)).toEqual({ err: `Error: ${failure.message}\n`, exitCode: 1 })
  })

  it("of any other command is plain", () => {
    expect(present(misuse, "ps", ps)).toEqual({ err: "Error: too many\n", exitCode: 1 })
  })
})
