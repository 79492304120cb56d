import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { program, run } from "../support/Kasane.js"

const oci = path.join(path.dirname(program), "kasane-oci.mjs")

describe("the program", () => {
  let directory = ""
  beforeAll(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-program-"))
    fs.symlinkSync(program, path.join(directory, "first"))
    fs.symlinkSync("first", path.join(directory, "kasane"))
    fs.symlinkSync(oci, path.join(directory, "kasane-oci"))
  })
  afterAll(() => fs.rmSync(directory, { recursive: true }))

  // Node takes --env-file from anywhere among the arguments, unless it is kept from it.
  const words = ["help", "--env-file", "nowhere"]
  const told = /unknown help topic: --env-file nowhere/

  it.each<[how: string, command: string, before: ReadonlyArray<string>, cwd?: string]>([
    ["by its file", program, []],
    ["by Node", process.execPath, ["--", program]],
    ["by a shell, from where it lies", "/bin/sh", ["kasane.mjs"], path.dirname(program)]
  ])("is run %s", async (_, command, before, cwd = os.tmpdir()) => {
    expect(await run(command, [...before, "--version"], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^kasane version /)
    })
    expect((await run(command, [...before, ...words], { cwd })).stderr).toMatch(told)
  })

  it("is run by a link to a link, and passes every word on as it is", async () => {
    const env = { ...process.env, PATH: `${directory}:${process.env["PATH"]}` }
    expect((await run("kasane", words, { env })).stderr).toMatch(told)
    expect((await run("kasane", ["two words $HOME *"], { env })).stderr).toContain("kasane two words $HOME *")
    expect(await run("kasane-oci", ["--version"], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("spec: ")
    })
  })

  it("is an OCI runtime by Node, too", async () => {
    expect((await run(process.execPath, ["--", oci, "--version"])).stdout).toContain("spec: ")
  })
})
