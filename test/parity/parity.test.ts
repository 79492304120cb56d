import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

/**
 * What real engines answer, as cases kept beside this repository. They are other projects' test data and no part of
 * it; without them there is nothing to compare with.
 */
const root = fileURLToPath(new URL("../..", import.meta.url))
const cases = process.env["KASANE_PARITY"] ?? join(root, "../shared/parity")

const Scores = Schema.parseJson(
  Schema.Struct({
    metrics: Schema.Record({
      key: Schema.String,
      value: Schema.Struct({ pass: Schema.Number, all: Schema.Number })
    })
  })
)

/** The failures of each metric that a scorer counts. */
const failures = async (
  scorer: string,
  ...args: ReadonlyArray<string>
): Promise<Readonly<Record<string, number>>> => {
  const directory = mkdtempSync(join(tmpdir(), "kasane-parity-"))
  const file = join(directory, "scores.json")
  try {
    await promisify(execFile)(process.execPath, [join(cases, scorer), ...args, "--json", file], {
      env: { ...process.env, KASANE_ADAPTER: join(root, "test/parity/adapter.mjs") }
    })
    const { metrics } = Schema.decodeUnknownSync(Scores)(readFileSync(file, "utf8"))
    return Object.fromEntries(
      Object.entries(metrics).flatMap(([name, { pass, all }]) => (pass === all ? [] : [[name, all - pass]]))
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const present = existsSync(join(cases, "score-parser.mjs"))
if (!present)
  console.log(`parity: skipped, there are no cases at ${cases} (KASANE_PARITY names another place)`)

describe.skipIf(!present)("parity", { timeout: 180_000 }, () => {
  it("with BuildKit's parser, on its own test files", async () => {
    expect(await failures("score-parser.mjs")).toEqual({})
  })

  it("with BuildKit's parser, on files of well-known repositories", async () => {
    expect(await failures("score-parser.mjs", "--real")).toEqual({})
  })

  it("with BuildKit's word expansion", async () => {
    expect(await failures("score-shell.mjs")).toEqual({})
  })

  it("with Docker's .dockerignore", async () => {
    expect(await failures("score-ignore.mjs")).toEqual({})
  })

  it("with distribution's references", async () => {
    expect(await failures("score-reference.mjs")).toEqual({})
  })

  it("with BuildKit's linter", async () => {
    expect(await failures("score-plan.mjs", "--lint")).toEqual({})
  })

  it("with BuildKit's planner and linter, on its own test files", async () => {
    // Nine files crashed the engine that gave the answers.
    expect(await failures("score-plan.mjs", "--parser")).toEqual({ "refuses bad files": 9 })
  })

  it("with BuildKit's planner and linter, on files of well-known repositories", async () => {
    expect(await failures("score-plan.mjs")).toEqual({})
  })
})
