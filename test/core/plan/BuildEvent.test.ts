import * as fs from "node:fs"
import { expect, it } from "@effect/vitest"
import type { BuildEvent } from "../../../src/core/plan/BuildEvent.js"

/** The compiler sees to it that none is missing. */
const every: Readonly<Record<BuildEvent["_tag"], true>> = {
  BaseReady: true,
  Built: true,
  CacheHit: true,
  ContextSent: true,
  Exported: true,
  MetaStep: true,
  Missed: true,
  Output: true,
  PlatformStarted: true,
  Planned: true,
  Removed: true,
  Running: true,
  StageDone: true,
  StageStarted: true,
  StageText: true,
  StepDone: true,
  StepStarted: true,
  Tagged: true,
  Warning: true
}

it("every event is documented for those who read them as JSON", () => {
  const page = fs.readFileSync(new URL("../../../docs/build-progress.md", import.meta.url), "utf8")
  const documented = [...page.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, name]) => name)
  expect(documented.sort()).toEqual([...Object.keys(every), "Failed"].sort())
})
