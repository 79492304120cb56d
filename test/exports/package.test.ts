import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { transform } from "esbuild"
import { repository } from "../support/Kasane.js"
import { examples } from "./Examples.js"

const run = promisify(execFile)
const project = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-package-"))
const isBuilt = fs.existsSync(path.join(repository, "dist/lib/exports/testing.js"))
if (!isBuilt) console.log("package: skipped, there is no dist/lib (npm run build makes it)")

/** A project that has the packed package and what it depends on. */
const install = async (): Promise<void> => {
  const packed = path.join(project, "packed")
  fs.mkdirSync(packed)
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", packed], {
    cwd: repository
  })
  const [archive = ""] = fs.readdirSync(packed)
  const modules = path.join(project, "node_modules")
  fs.mkdirSync(path.join(modules, "kasane"), { recursive: true })
  await run("tar", [
    "-xzf",
    path.join(packed, archive),
    "-C",
    path.join(modules, "kasane"),
    "--strip-components=1"
  ])
  for (const name of fs.readdirSync(path.join(repository, "node_modules")))
    if (!name.startsWith("."))
      fs.symlinkSync(path.join(repository, "node_modules", name), path.join(modules, name))
  fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ type: "module" }))
}

describe.skipIf(!isBuilt)("the packed package", { timeout: 120_000 }, () => {
  beforeAll(install, 120_000)
  afterAll(() => fs.rmSync(project, { recursive: true, force: true }))

  it("runs every example of docs/library.md", async () => {
    const names = await Promise.all(
      examples().map(async ({ code }, index) => {
        const name = `example-${index}.mjs`
        const plain = await transform(code, { loader: "ts", format: "esm", target: "node20" })
        fs.writeFileSync(path.join(project, name), plain.code)
        return name
      })
    )
    const all = names.map((name) => `await import(${JSON.stringify(path.join(project, name))})`).join("\n")
    const { stdout } = await run("node", ["--input-type=module", "-e", `${all}\nconsole.log("ran")`], {
      cwd: project
    })
    expect(stdout).toBe("ran\n")
  })

  it("has types by which every example is correct", async () => {
    for (const [index, { code }] of examples().entries())
      fs.writeFileSync(path.join(project, `typed-${index}.ts`), code)
    const compilerOptions = {
      target: "ES2022",
      module: "NodeNext",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"]
    }
    fs.writeFileSync(
      path.join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["typed-*.ts"] })
    )
    const tsc = path.join(repository, "node_modules/.bin/tsc")
    const outcome = await run(tsc, ["-p", project]).then(
      () => "",
      (error: { readonly stdout: string }) => error.stdout
    )
    expect(outcome).toBe("")
  })

  it("says of a path that is no entry that it is not exported", async () => {
    const inner = ["--input-type=module", "-e", 'await import("kasane/edge/store/BlobStore.js")']
    await expect(run("node", inner, { cwd: project })).rejects.toMatchObject({
      stderr: expect.stringContaining("ERR_PACKAGE_PATH_NOT_EXPORTED")
    })
  })
})
