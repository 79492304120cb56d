import * as NetworkNamespace from "../support/NetworkNamespace.js"
import { crowd } from "./Crowd.js"
import { cycles } from "./Cycles.js"
import { counts, leaks, type Traces } from "./Traces.js"
import * as World from "./World.js"

/** What all of the supervision may take while a hundred containers run. */
const most_bytes = 120e6

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const table = (before: Traces, after: Traces): string => {
  const [first, second] = [new Map(counts(before)), new Map(counts(after))]
  return [...new Set([...first.keys(), ...second.keys()])]
    .map((name) => {
      const [was, is] = [first.get(name) ?? 0, second.get(name) ?? 0]
      return `  ${name.padEnd(48)}${String(was).padStart(6)}${String(is).padStart(6)}${was === is ? "" : "  <"}`
    })
    .join("\n")
}

const tell = (before: Traces, after: Traces): boolean => {
  console.log(`  ${"".padEnd(48)}before after\n${table(before, after)}`)
  return leaks(before, after).length === 0
}

const tellCrowd = async (world: World.World, count: number): Promise<boolean> => {
  const told = await crowd(world, count)
  const { seconds, supervisor_bytes, monitors_bytes, wrong } = told
  const sum = supervisor_bytes + monitors_bytes
  console.log(
    `\n${count} detached containers: started in ${seconds.start.toFixed(1)} s, logs read in ${seconds.log.toFixed(1)} s, killed in order in ${seconds.kill.toFixed(1)} s`
  )
  console.log(
    `  ${told.supervisors} supervisor ${megabytes(supervisor_bytes)} + ${count} monitors ${megabytes(monitors_bytes)} = ${megabytes(sum)} (at most ${megabytes(most_bytes)})`
  )
  if (wrong.length > 0) console.log(`  wrong: ${wrong.join(", ")}`)
  return tell(told.before, told.after) && wrong.length === 0 && sum <= most_bytes
}

const tellCycles = async (world: World.World, count: number): Promise<boolean> => {
  const told = await cycles(world, count, (done) => {
    if (done % 100 === 0) console.log(`  ${done} of ${count}`)
  })
  const { before, after } = told.supervisor_bytes
  console.log(
    `\n${count} times start and stop: ${told.seconds.toFixed(0)} s, ${((told.seconds / count) * 1000).toFixed(0)} ms each`
  )
  console.log(`  the supervisor: ${megabytes(before)} before, ${megabytes(after)} after`)
  return tell(told.before, told.after)
}

/** The words of the command line: `crowd` and `cycles`, each with a count; both when there are none. */
const read = (words: ReadonlyArray<string>): Readonly<Record<string, number>> | undefined => {
  const usual: Readonly<Record<string, number>> = { crowd: 100, cycles: 1000 }
  if (words.length === 0) return usual
  const asked: Record<string, number> = {}
  let last = ""
  for (const word of words) {
    if (word in usual) {
      last = word
      asked[word] = usual[word] ?? 0
    } else if (last !== "" && /^\d+$/.test(word)) asked[last] = Number(word)
    else return undefined
  }
  return asked
}

/** Runs what was asked for; ends with 1 when anything was left over, wrong or too large. */
export const main = async (words: ReadonlyArray<string>): Promise<void> => {
  const asked = read(words)
  if (asked === undefined || !NetworkNamespace.available) {
    console.error(
      asked === undefined ? "usage: npm run churn [crowd [COUNT]] [cycles [COUNT]]" : "churn: needs root"
    )
    process.exitCode = 2
    return
  }
  const world = await World.create()
  try {
    const fine = [
      asked["crowd"] === undefined || (await tellCrowd(world, asked["crowd"])),
      asked["cycles"] === undefined || (await tellCycles(world, asked["cycles"]))
    ]
    console.log(fine.every(Boolean) ? "\nNothing was left over." : "\nNot as it should be.")
    process.exitCode = fine.every(Boolean) ? 0 : 1
  } finally {
    await world.remove()
  }
}
