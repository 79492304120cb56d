import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, describe, expect, it } from "@effect/vitest"
import { repository } from "../support/Kasane.js"
import { examples } from "./Examples.js"

// Inside the repository, so that packages are found, and where git does not look.
fs.mkdirSync(path.join(repository, "dist"), { recursive: true })
const directory = fs.mkdtempSync(path.join(repository, "dist/examples-"))
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }))

describe("the examples of docs/library.md", () => {
  it("are found", () => {
    expect(examples().length).toBeGreaterThan(6)
  })

  it.each(examples().map(({ title, code }, index) => [title, index, code] as const))(
    "%s",
    async (_title, index, code) => {
      const file = path.join(directory, `example-${index}.ts`)
      const entries = path.join(repository, "src/exports")
      fs.writeFileSync(file, code.replace(/"kasane\/(\w+)"/g, `"${entries}/$1.ts"`))
      await import(file)
    }
  )
})
