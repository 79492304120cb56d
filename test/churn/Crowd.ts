import * as Processes from "./Processes.js"
import * as Traces from "./Traces.js"
import { image, type World } from "./World.js"

/** What many containers at once were like. */
export interface Crowd {
  readonly count: number
  /** Resident bytes of all that keeps the containers, while all of them run. */
  readonly supervisor_bytes: number
  readonly monitors_bytes: number
  readonly supervisors: number
  /** Names of containers whose log, exit code or place in the list was not what it should be. */
  readonly wrong: ReadonlyArray<string>
  readonly before: Traces.Traces
  readonly after: Traces.Traces
  readonly seconds: { readonly start: number; readonly log: number; readonly kill: number }
}

const networks = ["none", "host", "bridge"] as const

const timed = async <A>(work: () => Promise<A>): Promise<readonly [A, number]> => {
  const started = Date.now()
  const result = await work()
  return [result, (Date.now() - started) / 1000]
}

/** Starts `count` detached containers on all kinds of network, reads the log of each, and kills one after another, in order. */
export const crowd = async (world: World, count: number): Promise<Crowd> => {
  const { engine } = world
  const names = Array.from({ length: count }, (_, index) => `crowd${index + 1}`)
  const before = Traces.of(world, [])
  const wrong = new Set<string>()
  const ids: Array<string> = []

  const [, start] = await timed(async () => {
    for (const [index, name] of names.entries()) {
      const network = networks[index % networks.length] ?? "none"
      const words = ["--network", network, "-e", Processes.mark(world), "--name", name, image]
      const script = `echo ${name} speaks; echo ${name} warns >&2; exec sleep 1000000`
      ids.push((await engine.ok(["run", "-d", ...words, "sh", "-c", script])).trim())
    }
  })

  const [, log] = await timed(async () => {
    for (const name of names) {
      const { stdout, stderr } = await engine.run(["logs", name])
      if (stdout !== `${name} speaks\n` || stderr !== `${name} warns\n`) wrong.add(name)
    }
  })

  const running = Processes.of(world, ids)
  const resident = (role: Processes.Process["role"]) =>
    running
      .filter((process) => process.role === role)
      .reduce((sum, process) => sum + Processes.resident_bytes(process), 0)
  const [supervisor_bytes, monitors_bytes] = [resident("supervisor"), resident("monitor")]

  const [, kill] = await timed(async () => {
    for (const [index, name] of names.entries()) {
      await engine.ok(["kill", name])
      const [listed, state] = await Promise.all([
        engine.ok(["ps", "--format", "{{.Names}}"]),
        engine.ok(["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name])
      ])
      const left = listed
        .trim()
        .split("\n")
        .filter((line) => line !== "")
        .reverse()
      if (left.join() !== names.slice(index + 1).join() || state !== "exited 137\n") wrong.add(name)
    }
  })
  await engine.ok(["rm", ...names])
  return {
    count,
    supervisor_bytes,
    monitors_bytes,
    supervisors: running.filter(({ role }) => role === "supervisor").length,
    wrong: [...wrong],
    before,
    after: await Traces.settled(world, ids, before),
    seconds: { start, log, kill }
  }
}
