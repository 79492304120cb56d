// Makes dist/: the command line as dist/kasane.mjs and lazily loaded chunks, with V8's code cache for this Node; and in
// dist/lib the same sources as modules with types, for the package's library entries.
import { execFile, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { Script } from "node:vm"
import { build, transform } from "esbuild"
import { asScript } from "./script.mjs"

const wanted = JSON.parse(readFileSync("package.json", "utf8")).version
if (!readFileSync("src/version.ts", "utf8").includes(`"${wanted}"`)) {
  throw new Error(`src/version.ts does not say ${wanted}, as package.json does`)
}

rmSync("dist", { recursive: true, force: true })
mkdirSync("dist/chunks", { recursive: true })

/** Types are checked by `npm run check`; here they are only written. */
const library = promisify(execFile)("node_modules/.bin/tsc", ["-p", "src/build/tsconfig.json", "--noCheck"])

/** Effect's logger looks at process.stdout when it is loaded, which costs 5 % of a start; no logger of ours is pretty. */
const quietLogger = {
  name: "quiet-logger",
  setup: ({ onLoad }) =>
    onLoad({ filter: /effect\/dist\/esm\/internal\/logger\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8")
      const contents = source.replace(/(?<=hasProcessStdout = )[^;]*(?=;)/, "false")
      if (contents === source) throw new Error(`${path} no longer looks at process.stdout as it did`)
      return { contents, loader: "js" }
    })
}

const { outputFiles } = await build({
  entryPoints: { kasane: "src/kasane.ts" },
  outdir: "dist/chunks",
  entryNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["koffi"],
  define: { "import.meta.url": "$url" },
  plugins: [quietLogger],
  minify: true,
  write: false,
  logLevel: "warning"
})

// Splitting makes ES modules only; V8's code cache wants scripts.
const hash = createHash("sha256")
for (const { path, text } of outputFiles) {
  const script = asScript(text)
  new Script(script)
  hash.update(script)
  writeFileSync(join("dist/chunks", basename(path)), script)
}

const entry = outputFiles.map(({ path }) => basename(path)).find((name) => name.startsWith("kasane-"))
const launcher = await transform(readFileSync("src/build/launch.mjs", "utf8"), {
  format: "esm",
  target: "node20",
  minify: true,
  define: { ENTRY: JSON.stringify(entry), BUILD: JSON.stringify(hash.digest("hex").slice(0, 16)) }
})
writeFileSync("dist/kasane.mjs", launcher.code)
chmodSync("dist/kasane.mjs", 0o755)

await library

// A few commands run once on a store of their own, so that what they compile is in the cache. Where containers cannot be run
// the bundle is no less good, only its first start slower.
const place = mkdtempSync(join(tmpdir(), "kasane-build-"))
try {
  const { executable, greeting } = await import("../../dist/lib/core/program/Hello.js")
  mkdirSync(`${place}/context`)
  writeFileSync(
    `${place}/context/hello`,
    executable(greeting, process.arch === "arm64" ? "arm64" : "amd64"),
    { mode: 0o755 }
  )
  writeFileSync(`${place}/context/Dockerfile`, 'FROM scratch\nCOPY hello /\nCMD ["/hello"]\n')
  const commands = [
    ["version"],
    ["--help"],
    ["build", "-t", "hello", `${place}/context`],
    ["images"],
    ["run", "--rm", "hello"],
    ["ps", "-a"],
    ["rmi", "hello"]
  ]
  for (const command of commands) {
    spawnSync(process.execPath, ["--", "dist/kasane.mjs", "--root", `${place}/store`, ...command], {
      stdio: "ignore",
      timeout: 30_000,
      env: { ...process.env, KASANE_BUILD_CODE_CACHE: "1" }
    })
  }
} finally {
  rmSync(place, { recursive: true, force: true })
}
