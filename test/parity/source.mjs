// Imports a TypeScript module of ../../src as it stands: bundled in memory, so that no build has to run first.
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as esbuild from "esbuild"

const root = fileURLToPath(new URL("../../", import.meta.url))

export const source = async (entry) => {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [path.join("src", entry)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20"
  })
  return import(
    `data:text/javascript;base64,${Buffer.from(result.outputFiles[0].contents).toString("base64")}`
  )
}
