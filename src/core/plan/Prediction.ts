import type { Digest } from "../oci/Digest.js"

/** What will become of a step. */
export type Verdict =
  /** Its result is there. */
  | { readonly _tag: "Hit"; readonly image: Digest | undefined }
  /** It will run. `causes`: why its result is not there. */
  | { readonly _tag: "Miss"; readonly causes: ReadonlyArray<string> }
  /** That depends on something that is not there yet. */
  | { readonly _tag: "Unknown"; readonly because: string }

export interface PredictedStep {
  readonly stage: number
  /** Undefined for a trigger of the base image. */
  readonly number: number | undefined
  readonly text: string
  readonly verdict: Verdict
}

/** What a build would do, without doing it. */
export interface BuildPrediction {
  /** What the context would measure as a tar. */
  readonly contextBytes: number
  /** Images that would be fetched from their registries. */
  readonly pulled: ReadonlyArray<string>
  /** Images that would be taken over from layouts of the user's. */
  readonly loaded: ReadonlyArray<string>
  readonly steps: ReadonlyArray<PredictedStep>
  readonly stepCount: number
  /** Names that the result would get. */
  readonly names: ReadonlyArray<string>
}

const told = (verdict: Verdict): string => {
  switch (verdict._tag) {
    case "Hit":
      return "cached"
    case "Miss":
      return verdict.causes.length === 0 ? "runs" : `runs: ${verdict.causes.join("; ")}`
    case "Unknown":
      return `unknown: ${verdict.because}`
  }
}

/** For people: a line for each pull, each step and each name. */
export const print = (prediction: BuildPrediction): string => {
  const { loaded, pulled, steps, stepCount, names } = prediction
  const lines = [
    ...pulled.map((reference) => `Pull ${reference}`),
    ...loaded.map((reference) => `Load ${reference}`),
    ...steps.flatMap(({ number, text, verdict }) => [
      number === undefined ? `Trigger : ${text}` : `Step ${number}/${stepCount} : ${text}`,
      ` ---> ${told(verdict)}`
    ]),
    ...names.map((name) => `Tag ${name}`)
  ]
  return lines.map((line) => `${line}\n`).join("")
}
