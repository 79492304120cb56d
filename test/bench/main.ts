import * as os from "node:os"
import { open } from "./Bench.js"
import { cases } from "./Cases.js"
import { report } from "./Report.js"
import { measure } from "./Timing.js"

/** Measures the cases named (all, when none is) and prints what was reached. Ends with 1 when a goal was missed. */
export const main = async (names: ReadonlyArray<string>): Promise<void> => {
  const unknown = names.filter((name) => !cases.some((one) => one.name === name))
  if (unknown.length > 0) {
    console.error(
      `No such case: ${unknown.join(", ")}. There are: ${cases.map(({ name }) => name).join(", ")}.`
    )
    process.exitCode = 2
    return
  }
  console.log(
    `${os.cpus()[0]?.model}, ${os.cpus().length} cores, Linux ${os.release()}, Node ${process.version}`
  )
  // With it every start of Node reads a file of certificates first, which takes as long as the rest of the start.
  delete process.env["NODE_EXTRA_CA_CERTS"]
  const bench = await open()
  try {
    let missed = 0
    for (const one of cases) {
      if (names.length > 0 && !names.includes(one.name)) continue
      const measured = await measure(await one.subjects(bench), one.rounds)
      missed += report(one.title, measured, one.goals).length
    }
    console.log(missed === 0 ? "\nEvery goal was reached." : `\n${missed} goal(s) missed.`)
    process.exitCode = missed === 0 ? 0 : 1
  } finally {
    await bench.close()
  }
}
