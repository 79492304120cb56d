/**
 * The library's modules as one bundle, built from src when the tests ask for it: `load({ Parser: "core/dockerfile/Parser" })`.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const source = fileURLToPath(new URL("../../src", import.meta.url))

export const load = async (modules) => {
  const directory = mkdtempSync(join(tmpdir(), "kasane-parity-"))
  const outfile = join(directory, "library.mjs")
  try {
    await build({
      stdin: {
        contents: Object.entries(modules)
          .map(([name, path]) => `export * as ${name} from "./${path}.js"`)
          .join("\n"),
        resolveDir: source,
        loader: "ts"
      },
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      outfile,
      logLevel: "error"
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
