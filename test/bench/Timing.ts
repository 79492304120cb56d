import { spawn } from "node:child_process"
import * as fs from "node:fs"

/** What to time, and what to do before each of its runs (not timed). */
export type Subject = Command | Work

/** A command, from its start to its end. */
export interface Command {
  readonly name: string
  readonly argv: ReadonlyArray<string>
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly before?: () => void
}

/** Something that this process does. */
export interface Work {
  readonly name: string
  readonly work: () => Promise<void>
  readonly before?: () => void
}

/** What the counted runs of a subject took. Memory is the largest resident size seen of the process itself. */
export interface Measured {
  readonly name: string
  readonly wall_ms: ReadonlyArray<number>
  readonly peak_bytes: number
}

const peak = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

const worked = async ({ work }: Work) => {
  const started = process.hrtime.bigint()
  await work()
  return { wall_ms: Number(process.hrtime.bigint() - started) / 1e6, peak_bytes: 0 }
}

const once = (subject: Subject): Promise<{ readonly wall_ms: number; readonly peak_bytes: number }> => {
  subject.before?.()
  if ("work" in subject) return worked(subject)
  return new Promise((resolve, reject) => {
    const errors: Array<Buffer> = []
    const started = process.hrtime.bigint()
    const child = spawn(subject.argv[0] ?? "", subject.argv.slice(1), {
      env: subject.env ?? process.env,
      cwd: subject.cwd,
      stdio: ["ignore", "ignore", "pipe"]
    })
    let peak_bytes = 0
    const poll = setInterval(() => {
      peak_bytes = Math.max(peak_bytes, peak(child.pid ?? 0))
    }, 25)
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk))
    child.on("error", reject)
    child.on("close", (code) => {
      const wall_ms = Number(process.hrtime.bigint() - started) / 1e6
      clearInterval(poll)
      if (code === 0) resolve({ wall_ms, peak_bytes })
      else reject(new Error(`${subject.argv.join(" ")} ended with ${code}: ${Buffer.concat(errors)}`))
    })
  })
}

/**
 * Times the subjects in turn, A B C A B C …, after one round that is not counted: what the machine does meanwhile meets
 * all of them alike.
 */
export const measure = async (
  subjects: ReadonlyArray<Subject>,
  rounds: number
): Promise<ReadonlyArray<Measured>> => {
  const runs = subjects.map(() => ({ wall_ms: [] as Array<number>, peak_bytes: 0 }))
  for (let round = -1; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) {
      const took = await once(subject)
      const record = runs[index]
      if (record === undefined || round < 0) continue
      record.wall_ms.push(took.wall_ms)
      record.peak_bytes = Math.max(record.peak_bytes, took.peak_bytes)
    }
  }
  return subjects.map(({ name }, index) => ({ name, ...(runs[index] ?? { wall_ms: [], peak_bytes: 0 }) }))
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The median of the ratios pair by pair: drift of the machine's speed cancels out. */
export const ratio = (subject: Measured, peer: Measured): number =>
  median(subject.wall_ms.map((value, index) => value / (peer.wall_ms[index] ?? Number.NaN)))
