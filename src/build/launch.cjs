// The bundle's entry, built into dist/kasane.cjs: loads the chunks beside it as scripts with V8's code cache, which ESM
// cannot use before Node 22 and which saves more than half of the start-up. docs/adr/0600-start-up.md has the numbers.
const fs = require("node:fs")
const { pathToFileURL } = require("node:url")
const vm = require("node:vm")

const here = `${__dirname}/`
/** What modules take for their `import.meta.url`. */
const url = pathToFileURL(__filename).href
const tag = `${process.version}-${process.arch}`
/** Made by the build for the Node that built. As trustworthy as the chunks that it lies beside. */
const shipped = `${here}cache/${tag}/`
/** Made on first use by any other Node. V8 compares only the length of a source with its cache: BUILD tells builds apart. */
const { XDG_CACHE_HOME, HOME } = process.env
const home = [XDG_CACHE_HOME, `${HOME}/.cache`].find((path) => path?.startsWith("/"))
/** None for those whom an engine calls without a home: an OCI runtime's environment may be empty. */
const own = home && `${home}/kasane/code/${tag}-${BUILD}/`

/** What is asked of Node's `performance`, whose first use loads eight modules. */
const started = process.hrtime.bigint()
const performance = {
  timeOrigin: Date.now(),
  now: () => Number(process.hrtime.bigint() - started) / 1e6
}

const packs = new Map()
const modules = new Map()
const uncached = new Map()

/** Cached code runs without its source being looked at: only we may have written it. */
const isOurs = (stat) => stat.uid === process.geteuid() && (stat.mode & 0o022) === 0

const readOwn = (name) => {
  if (!isOurs(fs.lstatSync(own))) return undefined
  const fd = fs.openSync(own + name, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
  try {
    return isOurs(fs.fstatSync(fd)) ? fs.readFileSync(fd) : undefined
  } finally {
    fs.closeSync(fd)
  }
}

const readCache = (name) => {
  for (const read of [() => fs.readFileSync(shipped + name), () => readOwn(name)]) {
    try {
      return read()
    } catch {}
  }
  return undefined
}

/** A file of module functions, compiled as one script. */
const loadPack = (name) => {
  const filename = `${here}chunks/${name}.js`
  const cachedData = readCache(name)
  const script = new vm.Script(fs.readFileSync(filename, "latin1"), { filename, cachedData })
  if (cachedData === undefined || script.cachedDataRejected) uncached.set(name, script)
  const pack = { script, functions: script.runInThisContext() }
  packs.set(name, pack)
  return pack
}

/** The module `./PACK/INDEX`, run when it is first asked for. */
const load = (name) => {
  const known = modules.get(name)
  if (known !== undefined) return known.exports
  const slash = name.lastIndexOf("/")
  const pack = name.slice(2, slash)
  const { functions } = packs.get(pack) ?? loadPack(pack)
  const module = { exports: {} }
  modules.set(name, module)
  functions[name.slice(slash + 1)](module.exports, give, module, url, performance)
  return module.exports
}

/** What modules know as `require`. */
const give = (name) => (name.startsWith("./") ? load(name) : require(name))

/** A module of Node's that is loaded when something of it is first used. */
give.late = (name) => new Proxy({}, { get: (_, property) => require(name)[property] })

const write = (directory, scripts) => {
  for (const [name, script] of scripts) {
    const temporary = `${directory}${name}.${process.pid}`
    fs.writeFileSync(temporary, script.createCachedData(), { mode: 0o644, flag: "wx" })
    fs.renameSync(temporary, directory + name)
  }
}

/** One cache for each Node: that of the build used last. */
const forgetOtherBuilds = () => {
  for (const name of fs.readdirSync(`${own}..`)) {
    if (name.startsWith(`${tag}-`) && name !== `${tag}-${BUILD}`) {
      fs.rmSync(`${own}../${name}`, { recursive: true, force: true })
    }
  }
}

// What ran by the end is compiled by then, and only what is compiled is cached.
process.once("exit", () => {
  const build = process.env.KASANE_BUILD_CODE_CACHE
  if (build === undefined && uncached.size === 0) return
  try {
    const directory = build ?? own
    if (directory === undefined) return
    fs.mkdirSync(directory, { recursive: true, mode: build === undefined ? 0o700 : 0o755 })
    if (!isOurs(fs.lstatSync(directory))) return
    if (build === undefined) forgetOtherBuilds()
    write(directory, build === undefined ? uncached : [...packs].map(([name, { script }]) => [name, script]))
  } catch {}
})

load(ENTRY)
