// Runs a TypeScript program of the tests by plain Node: bundled to a temporary file, whose `main` is called.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const load = async (url, dir) => {
  const outfile = join(dir, "main.mjs")
  await build({
    entryPoints: [fileURLToPath(url)],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["koffi"],
    // The sources find the repository from where they are, not from where their bundle lies.
    define: { "import.meta.url": JSON.stringify(url.href) },
    outfile
  })
  return import(pathToFileURL(outfile).href)
}

/** Calls `main` of the module at `url` with the words of the command line. */
export const run = async (url) => {
  const dir = mkdtempSync(join(tmpdir(), "kasane-bundled-"))
  const { main } = await load(url, dir).finally(() => rmSync(dir, { recursive: true }))
  await main(process.argv.slice(2))
}
