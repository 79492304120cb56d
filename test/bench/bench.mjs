// npm run bench [NAME…]: how fast kasane is, as ratios to real engines measured in the same run. See docs/bench.md.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const entry = fileURLToPath(new URL("main.ts", import.meta.url))
const dir = mkdtempSync(join(tmpdir(), "kasane-bench-main-"))
const outfile = join(dir, "main.mjs")
await build({
  entryPoints: [entry],
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["koffi"],
  // The sources find the repository from where they are, not from where their bundle lies.
  define: { "import.meta.url": JSON.stringify(pathToFileURL(entry).href) },
  outfile
})
const { main } = await import(pathToFileURL(outfile).href)
rmSync(dir, { recursive: true })
await main(process.argv.slice(2))
