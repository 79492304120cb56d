// Bundles the command line into dist/: one small entry, and chunks that are loaded when they are needed.
import { rmSync } from "node:fs"
import { build } from "esbuild"

rmSync("dist", { recursive: true, force: true })

await build({
  entryPoints: { kasane: "src/kasane.ts" },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: false,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["koffi"],
  banner: {
    js: 'import { createRequire as $cr } from "node:module";const require=$cr(import.meta.url);'
  },
  logLevel: "warning"
})
