import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Peers from "../bench/Peers.js"
import * as BuildCase from "../support/builds/BuildCase.js"
import * as Expected from "../support/builds/Expected.js"
import * as ImageText from "../support/builds/ImageText.js"
import * as SavedImages from "../support/builds/SavedImages.js"
import { type Kasane, kasane, root, run } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

const cases = BuildCase.all()

/** A command of docker's words: its exit code and what it said. */
type Engine = (words: ReadonlyArray<string>, env: NodeJS.ProcessEnv) => ReturnType<typeof run>

/** Files below `served` of every case, at /NAME/…, with a fixed time. */
const serve = async (): Promise<{ readonly url: string; readonly close: () => void }> => {
  const server = http.createServer((request, response) => {
    const [, name = "", ...rest] = (request.url ?? "").split("/")
    const file = path.join(BuildCase.directory, name, "served", ...rest)
    const isThere = fs.existsSync(file)
    response.writeHead(isThere ? 200 : 404, { "Last-Modified": "Thu, 26 Jan 2017 16:59:13 GMT" })
    response.end(isThere ? fs.readFileSync(file) : "")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}

/** An engine to compare with that runs already, where it is not the installed one that is meant. */
const daemonGiven = process.env["KASANE_DOCKER_HOST"]

/** KASANE_RECORD_BUILDS=1 keeps what Docker makes of the cases; read the difference before you commit it. */
const isRecording = process.env["KASANE_RECORD_BUILDS"] === "1"

/** Docker takes its time: every eighth case is enough of a check, unless KASANE_DOCKER_BUILDS=all. */
const isWhole = process.env["KASANE_DOCKER_BUILDS"] === "all"

/** Where Docker's builders differ among themselves, kasane follows this one. */
const followed = "buildkit 28.5"

/** A client that can ask for BuildKit: those before 23 by themselves, newer ones with buildx. */
const buildKitClient = (): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(":")
    .map((directory) => path.join(directory, "docker"))
    .filter((file) => fs.existsSync(file))
    .find((file) => {
      const asked = spawnSync(file, ["--version"], { encoding: "utf8" }).stdout
      const major = Number(/version (\d+)\./.exec(asked)?.[1] ?? 0)
      return major < 23 || spawnSync(file, ["buildx", "version"]).status === 0
    })

/** Without what is another one in each build: places of the daemon, names of its own. */
const steady = (line: string): string =>
  line
    .replace(/\/\S*\/merged\b/g, "ROOT")
    .replace(/ref \S+: /g, "ref: ")
    .replace(/[0-9a-f]{12}(?=\b|[.])/g, "ID")

/** Builds cases, a few at a time, and gives the text of each image, or what a failed build said last. */
const build = async (
  engine: Engine,
  cases: ReadonlyArray<BuildCase.BuildCase>,
  directory: string,
  url: string
): Promise<ReadonlyMap<string, string>> => {
  const said = new Map<string, string>()
  const one = async (item: BuildCase.BuildCase): Promise<void> => {
    const context = BuildCase.prepare(item, directory)
    for (const [name, file] of Object.entries(item.first)) {
      const made = await engine(["build", "-t", name, "-f", path.join(context, file), context], {})
      if (made.code !== 0) return void said.set(item.name, `fails: ${made.stderr.trim()}`)
    }
    const { code, stderr } = await engine(BuildCase.words(item, context, url), item.env)
    said.set(item.name, code === 0 ? "" : `fails: ${steady(stderr.trim().split("\n").at(-1) ?? "")}`)
  }
  const waiting = [...cases]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(next)
  }
  await Promise.all([worker(), worker(), worker()])
  const built = cases.filter(({ name }) => said.get(name) === "")
  const archive = path.join(directory, "saved.tar")
  const saved = await engine(["save", "-o", archive, "base", ...built.map(BuildCase.imageName)], {})
  if (saved.code !== 0) throw new Error(saved.stderr)
  const images = await SavedImages.read(archive)
  fs.rmSync(archive)
  const base = images.get("base")
  for (const item of built) {
    const image = images.get(BuildCase.imageName(item))
    if (image !== undefined && base !== undefined) said.set(item.name, ImageText.text(image, base))
  }
  return said
}

const imported = ["import", "-c", "ENV PATH=/usr/bin:/bin", "-c", 'CMD ["sh"]']

describe.skipIf(process.getuid?.() !== 0)("builds of every feature", { timeout: 600_000 }, () => {
  const directory = fs.mkdtempSync("/tmp/kasane-builds-")
  let server: Awaited<ReturnType<typeof serve>>
  let image: string
  beforeAll(async () => {
    server = await serve()
    image = RootFs.tar(directory)
  })
  afterAll(() => {
    server.close()
    fs.rmSync(directory, { recursive: true, force: true })
  })

  const own = (name: string): string => {
    const made = path.join(directory, name)
    fs.mkdirSync(made)
    return made
  }

  describe("kasane's images are what was recorded of Docker's", () => {
    let texts: ReadonlyMap<string, string>
    beforeAll(async () => {
      const engine: Kasane = kasane(root, path.join(directory, "store"))
      await engine.ok([...imported, image, "base"])
      texts = await build((words, env) => engine.run(words, { env }), cases, own("kasane"), server.url)
    }, 600_000)

    it.each(cases.map((item) => [item.name, item] as const))("%s", (name, item) => {
      expect(Expected.difference(item, texts.get(name) ?? "").join("\n")).toBe("")
    })
  })

  const isPossible =
    daemonGiven !== undefined || ["dockerd", "containerd", "docker"].every((name) => Peers.installed(name))
  describe.skipIf(!isPossible)("what was recorded is what Docker makes", () => {
    let daemon: Peers.Daemon | undefined
    let version: string
    beforeAll(async () => {
      daemon =
        daemonGiven === undefined
          ? await Peers.docker(path.join(directory, "docker"), "--bridge=none", "--iptables=false")
          : { env: { ...process.env, DOCKER_HOST: daemonGiven }, stop: async () => {} }
      const env = daemon?.env ?? process.env
      version = (await run("docker", ["version", "-f", "{{.Server.Version}}"], { env })).stdout
      await run("docker", [...imported, image, "base"], { env })
    }, 120_000)
    afterAll(async () => {
      await daemon?.stop()
      await run("sh", ["-c", `grep -o ' ${directory}[^ ]*' /proc/self/mounts | tac | xargs -r umount -l`])
    }, 60_000)

    it.for([
      ["classic", "0", "docker"],
      ["buildkit", "1", buildKitClient()]
    ] as const)("%s", async ([builder, isBuildKit, client], { skip }) => {
      if (client === undefined) return skip("no docker here has BuildKit in its client, or buildx beside it")
      const name = `${builder} ${version.split(".").slice(0, 2).join(".")}`
      const env = { ...daemon?.env, DOCKER_BUILDKIT: isBuildKit, BUILDX_NO_DEFAULT_ATTESTATIONS: "1" }
      // Steps have no network, so that daemons of other tests cannot take their bridge away.
      const docker: Engine = ([command = "", ...words], more) =>
        run(client, [command, ...(command === "build" ? ["--network", "none"] : []), ...words], {
          env: { ...env, ...more }
        })
      const bound = isRecording
        ? cases
        : cases.filter((item) => Expected.binds(item, name)).filter((_, index) => isWhole || index % 8 === 0)
      const texts = await build(docker, bound, own(builder), server.url)
      if (isRecording)
        for (const item of cases) Expected.record(item, name, name === followed, texts.get(item.name) ?? "")
      expect(
        bound
          .filter((item) => Expected.binds(item, name))
          .flatMap((item) =>
            Expected.change(item, texts.get(item.name) ?? "").map((line) => `${item.name}: ${line}`)
          )
          .join("\n")
      ).toBe("")
    })
  })
})
