import * as Processes from "./Processes.js"
import * as Traces from "./Traces.js"
import { image, type World } from "./World.js"

/** What many lives one after another left. */
export interface Cycles {
  readonly count: number
  readonly before: Traces.Traces
  readonly after: Traces.Traces
  /** The supervisor's resident bytes after the first lives, and after the last. */
  readonly supervisor_bytes: { readonly before: number; readonly after: number }
  readonly seconds: number
}

const networks = ["none", "host", "bridge"] as const

/** What a container does that ends at the first SIGTERM. */
const script = "trap 'exit 0' TERM; echo ready; sleep 1000000 & wait"

/**
 * Starts and stops containers `count` times: on each kind of network one that is kept and started again, and one that is
 * made and removed each time. Another one runs all the time, so that one supervisor sees all of it.
 */
export const cycles = async (
  world: World,
  count: number,
  progress: (done: number) => void = () => {}
): Promise<Cycles> => {
  const { engine } = world
  const ids: Array<string> = []
  const make = async (name: string, network: string, ...command: ReadonlyArray<string>): Promise<void> => {
    const words = ["--network", network, "-e", Processes.mark(world), "--name", name]
    ids.push((await engine.ok([...command, ...words, image, "sh", "-c", script])).trim())
  }
  const port = (network: string) => (network === "bridge" ? ["-p", "18080:80"] : [])
  const cycle = async (index: number): Promise<void> => {
    const network = networks[index % networks.length] ?? "none"
    if (Math.floor(index / networks.length) % 2 === 0) {
      await engine.ok(["start", `kept-${network}`])
      await engine.ok(["stop", "-t", "0", `kept-${network}`])
    } else {
      await make("passing", network, "run", "-d", ...port(network))
      await engine.ok(["rm", "-f", "passing"])
    }
  }
  const supervisor_bytes = (): number =>
    Processes.of(world, [])
      .filter(({ role }) => role === "supervisor")
      .reduce((sum, process) => sum + Processes.resident_bytes(process), 0)

  await make("witness", "bridge", "run", "-d")
  for (const network of networks) await make(`kept-${network}`, network, "create", ...port(network))
  // What the first lives leave is there to stay: lock files, a supervisor that has loaded its code.
  for (let index = 0; index < 2 * networks.length; index++) await cycle(index)
  const before = await stable(world, ids)
  const bytes = supervisor_bytes()

  const started = Date.now()
  for (let index = 0; index < count; index++) {
    await cycle(index)
    progress(index + 1)
  }
  const seconds = (Date.now() - started) / 1000
  return {
    count,
    before,
    after: await Traces.settled(world, ids, before),
    supervisor_bytes: { before: bytes, after: supervisor_bytes() },
    seconds
  }
}

/** What there is when two looks, some time apart, see the same. */
const stable = async (world: World, ids: ReadonlyArray<string>): Promise<Traces.Traces> => {
  const first = Traces.of(world, ids)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const second = Traces.of(world, ids)
  return JSON.stringify(first) === JSON.stringify(second) ? second : stable(world, ids)
}
