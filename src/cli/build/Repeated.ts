import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import * as BuildMemo from "../../edge/build/BuildMemo.js"
import { ofProcess } from "../../edge/store/StorePlace.js"
import { version } from "../../version.js"
import type { Globals } from "../Globals.js"
import type { BuildValues } from "./BuildFlags.js"

const asked = (root: string, given: BuildValues, words: ReadonlyArray<string>): BuildMemo.Asked => ({
  root,
  words: [JSON.stringify(given), ...words],
  environment: process.env
})

/** True where a build only has its image to show: it writes no file and asks nothing else. */
const isOrdinary = ({ call, check, iidfile, metadataFile, plan, repro }: BuildValues): boolean =>
  !plan && !repro && !check && call === undefined && iidfile === undefined && metadataFile === undefined

/** What the same build said before, where it would say that again. */
export const recall = (
  given: BuildValues,
  words: ReadonlyArray<string>,
  globals: Globals
): ReadonlyArray<BuildEvent> | undefined =>
  isOrdinary(given) ? BuildMemo.recall(asked(ofProcess(globals.root).dir, given, words), version) : undefined

/** Keeps what a build said that began at `startedAt`, for the next one like it. */
export const remember = (
  root: string,
  given: BuildValues,
  words: ReadonlyArray<string>,
  outcome: BuildMemo.Outcome,
  startedAt: number
): void => {
  if (isOrdinary(given)) BuildMemo.remember(asked(root, given, words), outcome, startedAt, version)
}
