import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { BuildEvent } from "../../../src/core/plan/BuildEvent.js"
import * as ClassicOutput from "../../../src/core/plan/ClassicOutput.js"
import { digest } from "./planning.js"

const id = digest("image")

const render = (order: ReadonlyArray<number>, events: ReadonlyArray<BuildEvent>): string => {
  let output = ClassicOutput.empty
  let all = ""
  for (const event of [BuildEvent.Planned({ stages: order }), ...events]) {
    const [next, text] = ClassicOutput.push(output, event)
    output = next
    all += text
  }
  return all
}

/** What one stage reports, in its order. */
const stage = (index: number): ReadonlyArray<BuildEvent> => [
  BuildEvent.StageStarted({ stage: index, number: index * 2 + 1, total: 6, text: `FROM a${index}` }),
  BuildEvent.BaseReady({ stage: index, image: id, triggers: 0 }),
  BuildEvent.StepStarted({ stage: index, step: 0, number: index * 2 + 2, total: 6, text: "RUN x" }),
  BuildEvent.Running({ stage: index, step: 0, container: "c".repeat(64) }),
  BuildEvent.Output({ stage: index, step: 0, stream: "stdout", text: `hi ${index}\n` }),
  BuildEvent.Removed({ stage: index, step: 0, container: "c".repeat(64) }),
  BuildEvent.StepDone({ stage: index, step: 0, image: id }),
  BuildEvent.StageDone({ stage: index })
]

describe("the classic lines", () => {
  it("of a small build", () => {
    const all = render(
      [0],
      [
        BuildEvent.ContextSent({ bytes: 2048 }),
        BuildEvent.MetaStep({ number: 1, total: 3, text: "ARG V=1" }),
        ...stage(0),
        BuildEvent.Built({ image: id }),
        BuildEvent.Tagged({ name: "t:2" })
      ]
    )
    const short = id.slice(7, 19)
    expect(all).toBe(
      [
        "Sending build context to Docker daemon  2.048kB",
        "Step 1/3 : ARG V=1",
        "Step 1/6 : FROM a0",
        ` ---> ${short}`,
        "Step 2/6 : RUN x",
        " ---> Running in cccccccccccc",
        "hi 0",
        "Removing intermediate container cccccccccccc",
        ` ---> ${short}`,
        `Successfully built ${short}`,
        "Successfully tagged t:2",
        ""
      ].join("\n")
    )
  })

  it.prop(
    "are in the order of the steps, however stages interleave",
    [FastCheck.array(FastCheck.nat({ max: 2 }), { minLength: 24, maxLength: 60 })],
    ([picks]) => {
      const rest = [0, 1, 2].map((index) => [...stage(index)])
      const interleaved: Array<BuildEvent> = []
      for (const pick of picks) {
        const event = rest[pick]?.shift()
        if (event !== undefined) interleaved.push(event)
      }
      interleaved.push(...rest.flat())
      expect(render([0, 1, 2], interleaved)).toBe(render([0, 1, 2], [0, 1, 2].flatMap(stage)))
    }
  )

  it.each([
    [0, "0B"],
    [3_222_471, "3.222MB"],
    [999, "999B"]
  ])("%d bytes are %s", (bytes, text) => {
    expect(render([], [BuildEvent.ContextSent({ bytes })])).toContain(`  ${text}\n`)
  })
})
