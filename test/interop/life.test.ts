import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Peers from "../bench/Peers.js"
import { kasane, type Result, root, run } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

const isPossible = process.getuid?.() === 0 && ["dockerd", "containerd", "docker"].every(Peers.installed)

type Engine = (...words: ReadonlyArray<string>) => Promise<Result>

/** The same things on both engines, whose ids, times and random names are left out of what is compared. */
const furnish = async (engine: Engine, archive: string) => {
  const all: ReadonlyArray<ReadonlyArray<string>> = [
    ["import", "-c", "LABEL vendor=me", archive, "base:1"],
    ["network", "create", "--label", "n=1", "net1"],
    ["volume", "create", "--label", "v=1", "vol1"],
    ["volume", "create", "vol2"],
    ["create", "--name", "made", "--label", "a=1", "--network", "none", "base:1", "sh"],
    ["run", "--name", "done", "--network", "none", "base:1", "sh", "-c", "exit 0"],
    ["commit", "done", "child:2"],
    ["tag", "base:1", "other/name:3"],
    [
      "run",
      "-d",
      "--name",
      "web",
      "--network",
      "net1",
      "--label",
      "a=1",
      "--label",
      "b=x=y",
      "-v",
      "vol1:/data",
      "--expose",
      "90",
      "--expose",
      "92-93/udp",
      "base:1",
      "sleep",
      "1000"
    ],
    ["run", "-d", "--name", "frozen", "--network", "none", "base:1", "sleep", "1000"],
    ["pause", "frozen"],
    [
      "run",
      "-d",
      "--name",
      "young",
      "--network",
      "none",
      "-v",
      "/tmp:/host:ro",
      "child:2",
      "sh",
      "-c",
      'echo a "b c"; sleep 1000'
    ]
  ]
  for (const words of all) {
    const { code, stderr } = await engine(...words)
    if (code !== 0) throw new Error(`${words.join(" ")}: ${stderr}`)
  }
}

const names = ["--format", "{{.Names}}"]

/** Commands that print the same on both. */
const lists: ReadonlyArray<ReadonlyArray<string>> = [
  ["ps"],
  ["ps", "-a", "--no-trunc"],
  ["ps", "-as"],
  ["ps", "-n", "0"],
  ["ps", "-l"],
  ["ps", "-a", "--format", "raw"],
  ["ps", "-q", ...names],
  [
    "ps",
    "-a",
    "--format",
    "{{.ID}}|{{.Image}}|{{.Command}}|{{.CreatedAt}}|{{.RunningFor}}|{{.Ports}}|{{.State}}|{{.Status}}|{{.Size}}"
  ],
  [
    "ps",
    "-a",
    "--format",
    'table {{.Names}}\t{{.Labels}}\t{{.Label "a"}}\t{{.Mounts}}\t{{.LocalVolumes}}\t{{.Networks}}'
  ],
  ...[
    ["label=a=1", "label=b"],
    ["ancestor=base:1"],
    ["ancestor=other/name:3"],
    ["ancestor=nope"],
    ["since=made", "before=web"],
    ["volume=/data"],
    ["expose=90"],
    ["expose=90-100/udp"]
  ].map((filters) => ["ps", "-a", ...names, ...filters.flatMap((filter) => ["--filter", filter])]),
  ["ps", ...names, "--filter", "exited=0"],
  ["ps", ...names, "--filter", "before=web"],
  ["images", "--filter", "since=base:1", "--format", "json"],
  ["images", "--filter", "reference=*/*", "--format", "raw"],
  ["volume", "ls", "--filter", "name=^vol", "--filter", "driver=local"],
  ["volume", "ls", "--filter", "dangling=true", "--format", 'table {{.Name}}\t{{.Label "v"}}\t{{.Links}}'],
  ["volume", "ls", "--format", "raw"],
  ["network", "ls", "--filter", "name=^net1$", "--format", 'table {{.Name}}\t{{.Label "n"}}\t{{.Internal}}'],
  ["network", "ls", "--format", "raw", "--filter", "type=custom"]
]

const comparable = ({ code, stdout, stderr }: Result) => ({
  code,
  stderr: stderr.replace("Error response from daemon", "Error"),
  stdout: stdout
    .replace(/(?:\d+ (?:seconds?|minutes?)|Less than a second|About a minute)/g, "AGE")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+\d{4} \w+/g, "TIME")
    .replace(/\b(?:sha256:)?[0-9a-f]{64}\b/g, "ID")
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, "SHORT")
    .replace(/ +/g, " ")
    .trimEnd()
})

/** What is done to see what is told of it. */
const deeds: ReadonlyArray<ReadonlyArray<string>> = [
  ["network", "create", "n1"],
  ["volume", "create", "v1"],
  [
    "create",
    "--name",
    "c1",
    "--network",
    "n1",
    "-l",
    "k=v",
    "-v",
    "v1:/data",
    "base:1",
    "sh",
    "-c",
    'trap "exit 3" TERM; sleep 1000 & wait'
  ],
  ["start", "c1"],
  ["exec", "c1", "sh", "-c", "exit 2"],
  ["top", "c1"],
  ["pause", "c1"],
  ["unpause", "c1"],
  ["rename", "c1", "c2"],
  ["update", "--cpu-shares", "200", "c2"],
  ["kill", "-s", "USR1", "c2"],
  ["export", "c2"],
  ["commit", "--pause=false", "-m", "words", "c2", "saved:1"],
  ["rm", "-f", "c2"],
  ["run", "--rm", "--name", "short", "--network", "none", "base:1", "sh", "-c", "exit 7"],
  ["tag", "saved:1", "saved:2"],
  ["save", "saved:2"],
  ["rmi", "saved:1"],
  ["rmi", "saved:2"],
  ["volume", "rm", "v1"],
  ["container", "prune", "-f", "--filter", "label=none"],
  ["network", "prune", "-f"],
  ["volume", "prune", "-f"],
  ["image", "prune", "-f"]
]

interface Told {
  readonly Type: string
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
}

/** What differs is left out: when a life's network goes, how long it was, networks that are none, what Docker tells twice. */
const story = (stdout: string, type: string): ReadonlyArray<string> => {
  const events: ReadonlyArray<Told> = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
  const told = events
    .filter(
      (event) => event.Type === type && !["null", "host"].includes(event.Actor.Attributes["type"] ?? "")
    )
    .map(({ Action, Actor }) => {
      const { execDuration: _, ...attributes } = Actor.Attributes
      const text = Object.entries(attributes)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, value]) => `${name}=${value}`)
      return `${Action} ${Actor.ID} ${text.join(" ")}`.replace(/\b(?:sha256:)?[0-9a-f]{64}\b/g, "ID")
    })
  return told.filter((line, at) => line !== told[at - 1])
}

/** Docker's own engine is a peer: where it is not installed there is nothing to compare with. */
describe.skipIf(!isPossible)("docker's lists and events", { timeout: 90_000 }, () => {
  const directory = fs.mkdtempSync("/tmp/kasane-life-")
  const ours = kasane(root, path.join(directory, "store"))
  const engine: Engine = (...words) => ours.run(words)
  let daemon: Peers.Daemon | undefined
  const docker: Engine = (...words) => run("docker", words, { env: daemon?.env ?? process.env })

  beforeAll(async () => {
    daemon = await Peers.docker(path.join(directory, "docker"))
    const archive = RootFs.tar(directory)
    await Promise.all([furnish(docker, archive), furnish(engine, archive)])
  }, 120_000)
  afterAll(async () => {
    for (const each of [docker, engine]) {
      const { stdout } = await each("ps", "-aq")
      const ids = stdout.split("\n").filter((id) => id !== "")
      if (ids.length > 0) await each("rm", "-f", ...ids)
      await each("network", "rm", "net1")
    }
    await daemon?.stop()
    // Docker leaves its network namespaces' directory mounted.
    await run("sh", ["-c", `grep -o ' ${directory}[^ ]*' /proc/self/mounts | tac | xargs -r umount -l`])
    fs.rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  it.each(lists.map((words) => [words]))("%j print the same", async (words) => {
    const [theirs, own] = await Promise.all([docker(...words), engine(...words)])
    expect(comparable(own)).toEqual(comparable(theirs))
  })

  it("tell the same of the same deeds", async () => {
    const events = async (each: Engine) => {
      const since = String(Date.now() / 1000)
      const codes: Array<number> = []
      for (const words of deeds) codes.push((await each(...words)).code)
      const range = ["--since", since, "--until", String(Date.now() / 1000)]
      const { stdout } = await each("events", ...range, "--format", "{{json .}}")
      return { codes, stdout }
    }
    const [theirs, own] = await Promise.all([events(docker), events(engine)])
    expect(own.codes).toEqual(theirs.codes)
    for (const type of ["container", "image", "network", "volume"])
      expect([type, ...story(own.stdout, type)]).toEqual([type, ...story(theirs.stdout, type)])
  })
})
