import { describe, expect, it } from "@effect/vitest"
import * as BuildBoard from "../../src/cli/build/BuildBoard.js"
import * as Progress from "../../src/cli/build/Progress.js"
import * as BuildFrame from "../../src/core/display/BuildFrame.js"
import * as Digests from "../../src/core/oci/Digest.js"
import { BuildEvent } from "../../src/core/plan/BuildEvent.js"

const image = Digests.ofBytes("image")
const first = { stage: 0, step: 1 }
const second = { stage: 1, step: 0 }

/** What a build with two stages reports, a tenth of a second apart. */
const events: ReadonlyArray<BuildEvent> = [
  BuildEvent.ContextSent({ bytes: 3072 }),
  BuildEvent.Warning({ text: "latest: Pulling from library/debian" }),
  BuildEvent.Planned({ stages: [0, 1] }),
  BuildEvent.StageStarted({ stage: 0, number: 1, total: 6, text: "FROM debian AS build" }),
  BuildEvent.BaseReady({ stage: 0, image, triggers: 0 }),
  BuildEvent.StepStarted({ stage: 0, step: 0, number: 2, total: 6, text: "ENV A=b" }),
  BuildEvent.CacheHit({ stage: 0, step: 0 }),
  BuildEvent.StepDone({ stage: 0, step: 0, image }),
  BuildEvent.StepStarted({ ...first, number: 3, total: 6, text: "RUN make" }),
  BuildEvent.Running({ ...first, container: "0".repeat(64) }),
  BuildEvent.StageStarted({ stage: 1, number: 4, total: 6, text: "FROM scratch" }),
  BuildEvent.BaseReady({ stage: 1, image: undefined, triggers: 0 }),
  BuildEvent.StepStarted({ ...second, number: 5, total: 6, text: "COPY a /" }),
  BuildEvent.Output({ ...first, stream: "stdout", text: "one\ntwo\nhalf a li" }),
  BuildEvent.Output({ ...first, stream: "stderr", text: "ne\n10%\r20%" }),
  BuildEvent.CacheHit(second),
  BuildEvent.StepDone({ ...second, image })
]
const shown = (board: BuildBoard.BuildBoard, now: number) =>
  BuildFrame.running(BuildBoard.view(board), { columns: 40, rows: 30 }, now).map(({ text }) => text)
const boardAfter = (count: number) =>
  events
    .slice(0, count)
    .reduce((board, event, index) => BuildBoard.push(board, event, 100 * (index + 1)), BuildBoard.start(0))

describe("the board of a build", () => {
  it("shows the pulls while images are looked up", () => {
    expect(shown(boardAfter(2), 250)).toEqual([
      "[+] Building 0.2s (0/0)",
      " => [internal] load build context   0.1s",
      " => [internal] look up images       0.1s",
      " => => # latest: Pulling from library/de"
    ])
  })

  it("shows stages that run at once, without steps that only change the config", () => {
    expect(shown(boardAfter(events.length), 2000)).toEqual([
      "[+] Building 2.0s (4/6)",
      " => [internal] load build context   0.1s",
      " => [internal] look up images       0.2s",
      " => [1/6] FROM debian AS build      0.1s",
      " => [3/6] RUN make                  1.1s",
      " => => # one",
      " => => # two",
      " => => # half a line",
      " => [4/6] FROM scratch              0.1s",
      " => CACHED [5/6] COPY a /           0.4s"
    ])
  })

  it("tells of a failure which step it was, and what it had said", () => {
    const failed = BuildBoard.failed(boardAfter(events.length), 0, 2000)
    expect(BuildBoard.culprit(failed)).toEqual([
      "------",
      " > [3/6] RUN make:",
      "one",
      "two",
      "half a line",
      "20%",
      "------"
    ])
    expect(BuildBoard.view(failed).rows.find((row) => row.state === "failed")?.name).toBe("[3/6] RUN make")
  })

  it("keeps what is to be said at the end", () => {
    const board = [BuildEvent.Built({ image }), BuildEvent.Tagged({ name: "x:1" })].reduce(
      (known, event) => BuildBoard.push(known, event, 1),
      boardAfter(events.length)
    )
    expect(board.notes).toEqual([`Successfully built ${Digests.short(image)}`, "Successfully tagged x:1"])
  })
})

describe("the style of a build", () => {
  const given = { quiet: false, progress: undefined }
  it.each([
    [{ ...given, quiet: true, progress: "tty" as const }, {}, "quiet"],
    [{ ...given, progress: "json" as const }, { BUILDKIT_PROGRESS: "plain" }, "json"],
    [given, { BUILDKIT_PROGRESS: "rawjson" }, "json"],
    [given, { BUILDKIT_PROGRESS: "plain", KASANE_PROGRESS: "tty" }, "tty"],
    [given, { BUILDKIT_PROGRESS: "nonsense" }, "auto"],
    [given, {}, "auto"]
  ])("of %j with %j is %s", (flags, env, style) => {
    expect(Progress.styleOf(flags, env)).toBe(style)
  })
})
