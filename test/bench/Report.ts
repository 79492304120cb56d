import { type Measured, median, ratio } from "./Timing.js"

/** What a case wants: the ratio of a subject's time to a peer's to be at most this, or its memory. */
export type Goal =
  | { readonly subject: string; readonly peer: string; readonly atMost: number }
  | { readonly subject: string; readonly peakAtMost_bytes: number }

const verdict = (isReached: boolean): string => (isReached ? "ok    " : "missed")

const cell = (text: string, width: number): string => text.padEnd(width)

/** Prints medians, then every goal with the ratio reached. Gives the goals that were missed. */
export const report = (
  title: string,
  measured: ReadonlyArray<Measured>,
  goals: ReadonlyArray<Goal>
): ReadonlyArray<Goal> => {
  console.log(`\n${title}`)
  for (const { name, wall_ms, peak_bytes } of measured) {
    const range = `${Math.min(...wall_ms).toFixed(1)} … ${Math.max(...wall_ms).toFixed(1)}`
    const memory = peak_bytes > 0 ? `${(peak_bytes / 1e6).toFixed(0)} MB` : ""
    console.log(
      `  ${cell(name, 34)}${median(wall_ms).toFixed(1).padStart(9)} ms  ${cell(`(${range})`, 22)}${memory}`
    )
  }
  return goals.filter((goal) => {
    const subject = measured.find(({ name }) => name === goal.subject)
    if (subject === undefined) return false
    if ("peakAtMost_bytes" in goal) {
      const isReached = subject.peak_bytes <= goal.peakAtMost_bytes
      console.log(
        `  ${verdict(isReached)} ${goal.subject}: at most ${goal.peakAtMost_bytes / 1e6} MB of memory`
      )
      return !isReached
    }
    const peer = measured.find(({ name }) => name === goal.peer)
    if (peer === undefined) return false
    const reached = ratio(subject, peer)
    console.log(
      `  ${verdict(reached <= goal.atMost)} ${goal.subject} / ${goal.peer} = ${reached.toFixed(2)} (goal ≤ ${goal.atMost})`
    )
    return reached > goal.atMost
  })
}
