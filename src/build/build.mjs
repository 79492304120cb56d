// Makes dist/: the command line as dist/kasane.mjs and lazily loaded chunks, with V8's code cache for this Node; and in
// dist/lib the same sources as modules with types, for the package's library entries.
import { execFile, spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { promisify } from "node:util"
import { Script } from "node:vm"
import { build, transform } from "esbuild"
import { asPacks } from "./packs.mjs"
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
  define: { "import.meta.url": "$url", performance: "$performance" },
  plugins: [quietLogger],
  minify: true,
  write: false,
  logLevel: "warning"
})

// Splitting makes ES modules only; V8's code cache wants scripts.
const chunks = new Map(outputFiles.map(({ path, text }) => [basename(path), asScript(text)]))
const entry = [...chunks.keys()].find((name) => name.startsWith("kasane-"))

/** Writes the bundle with its chunks packed for what these sessions load. */
const writeBundle = async (sessions) => {
  rmSync("dist/chunks", { recursive: true, force: true })
  mkdirSync("dist/chunks", { recursive: true })
  const { sources, place } = asPacks(chunks, sessions)
  const hash = createHash("sha256")
  for (const [name, source] of sources) {
    new Script(source)
    hash.update(source)
    writeFileSync(`dist/chunks/${name}.js`, source)
  }
  const launcher = await transform(readFileSync("src/build/launch.cjs", "utf8"), {
    format: "cjs",
    target: "node20",
    minify: true,
    define: {
      ENTRY: JSON.stringify(place.get(entry)),
      BUILD: JSON.stringify(hash.digest("hex").slice(0, 16))
    }
  })
  writeFileSync("dist/kasane.cjs", launcher.code)
  for (const [source, program] of [
    ["kasane", "kasane"],
    ["oci", "kasane-oci"]
  ]) {
    copyFileSync(`src/build/${source}.mjs`, `dist/${program}.mjs`)
    chmodSync(`dist/${program}.mjs`, 0o755)
  }
  return place
}

await library

// The commands of a first session run twice on stores of their own: once to see which chunks each loads, and once with these
// packed, so that what they compile is in the cache. Where containers cannot be run the bundle is no less good, only its
// first start slower.
const place = mkdtempSync(join(tmpdir(), "kasane-build-"))
try {
  const { executable, greeting } = await import("../../dist/lib/core/program/Hello.js")
  const architecture = process.arch === "arm64" ? "arm64" : "amd64"
  mkdirSync(`${place}/context`)
  writeFileSync(`${place}/context/hello`, executable(greeting, architecture), { mode: 0o755 })
  const { assemble } = await import("../../dist/lib/core/program/Assemble.js")
  const { buffer } = await import("../../dist/lib/core/program/Program.js")
  const { because, number } = await import("../../dist/lib/core/program/Steps.js")
  // No signal is waited for, without end.
  const wait = because("command", "stays").call("rt_sigtimedwait", [
    buffer("no signals", 8),
    number(0),
    number(0),
    number(8)
  ])
  writeFileSync(`${place}/context/wait`, assemble({ steps: [wait] }, architecture), { mode: 0o755 })
  writeFileSync(`${place}/context/Dockerfile`, 'FROM scratch\nCOPY hello wait /\nCMD ["/hello"]\n')
  mkdirSync(`${place}/bundle`)
  const namespaces = ["mount", "pid", "ipc", "uts", "network"].map((type) => ({ type }))
  const bundle = {
    ociVersion: "1.0.0",
    root: { path: `${place}/context` },
    process: { args: ["/hello"], cwd: "/" },
    linux: { namespaces, seccomp: { defaultAction: "SCMP_ACT_ALLOW" } }
  }
  writeFileSync(`${place}/bundle/config.json`, JSON.stringify(bundle))
  /** In front of a command that the supervisor is not to do in its stead. */
  const direct = "directly"
  const commands = [
    ["version"],
    ["--help"],
    ["build", "-t", "hello", `${place}/context`],
    ["build", "-t", "hello", `${place}/context`],
    ["images"],
    ["run", "--rm", "--network", "host", "hello"],
    ["create", "--name", "made", "hello"],
    ["ps", "-a"],
    ["inspect", "made"],
    ["logs", "made"],
    [direct, "rm", "made"],
    ["run", "-d", "--network", "none", "--name", "kept", "hello", "/wait"],
    ...["exec kept /hello", "stop -t 0 kept", "start kept"].flatMap((text) => [
      [direct, ...text.split(" ")],
      text.split(" ")
    ]),
    ["rm", "-f", "kept"],
    ["rmi", "hello"],
    ["oci", "--root", `${place}/oci`, "create", "--bundle", `${place}/bundle`, "hello"],
    ["oci", "--root", `${place}/oci`, "start", "hello"],
    ["oci", "--root", `${place}/oci`, "state", "hello"],
    ["oci", "--root", `${place}/oci`, "kill", "--all", "hello", "KILL"],
    ["oci", "--root", `${place}/oci`, "delete", "--force", "hello"]
  ]
  const words = (command, store) => ["--", "dist/kasane.cjs", "--root", `${place}/${store}`, ...command]
  const run = (command, store, cache) => {
    const isDirect = command[0] === direct
    spawnSync(process.execPath, words(isDirect ? command.slice(1) : command, store), {
      stdio: "ignore",
      timeout: 30_000,
      env: { ...process.env, KASANE_BUILD_CODE_CACHE: cache, ...(isDirect ? { KASANE_DIRECT: "1" } : {}) }
    })
  }
  /** Has a supervisor while `work` is done, whose code goes to `cache` if that is given; else it writes none. */
  const supervised = async (store, cache, work) => {
    const env = { ...process.env, ...(cache === undefined ? {} : { KASANE_BUILD_CODE_CACHE: cache }) }
    const child = spawn(process.execPath, words(["supervise"], store), {
      stdio: ["ignore", "pipe", "ignore"],
      env
    })
    const ended = new Promise((resolve) => child.once("close", resolve))
    await Promise.race([once(child.stdout, "data"), ended])
    const result = work()
    child.kill("SIGTERM")
    await ended
    return result
  }

  const apart = await writeBundle([])
  const nameOf = new Map([...apart].map(([name, at]) => [at.split("/")[1], name]))
  const loaded = (cache) =>
    new Set(existsSync(cache) ? readdirSync(cache).map((pack) => nameOf.get(pack)) : [])
  const supervisor = `${place}/supervisor/`
  const sessions = await supervised("apart", supervisor, () =>
    commands.map((command, index) => {
      const cache = `${place}/cache${index}/`
      run(command, "apart", cache)
      return loaded(cache)
    })
  )
  await writeBundle([...sessions, loaded(supervisor)])
  const shipped = `${resolve(`dist/cache/${process.version}-${process.arch}`)}/`
  // First the supervisor, which writes when it ends what it had read when it began.
  await supervised("first", shipped, () => {
    for (const command of commands.filter(([name]) => ["build", "run", "rm"].includes(name)))
      run(command, "first", shipped)
  })
  await supervised("packed", undefined, () => {
    for (const command of commands) run(command, "packed", shipped)
  })
} finally {
  rmSync(place, { recursive: true, force: true })
}
