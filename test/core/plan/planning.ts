import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import type { Digest } from "../../../src/core/oci/Digest.js"
import * as Digests from "../../../src/core/oci/Digest.js"
import type { ExecutionConfig } from "../../../src/core/oci/ImageConfig.js"
import type { BaseImage, BuildPlan, PlanOptions } from "../../../src/core/plan/BuildPlan.js"
import * as Planner from "../../../src/core/plan/Planner.js"

export const linux = { os: "linux", architecture: "amd64" }

export const options: PlanOptions = {
  target: undefined,
  buildArgs: {},
  labels: {},
  buildPlatform: linux,
  targetPlatform: undefined,
  network: "default"
}

/** An image of which nothing matters but its name and config. */
export const image = (name: string, config: ExecutionConfig = { Cmd: ["sh"] }): BaseImage => ({
  id: Digests.ofBytes(name),
  config: { ...linux, config, rootfs: { type: "layers", diff_ids: [Digests.ofBytes(`${name} layer`)] } }
})

/** Plans a text; fails the test with the message if it cannot be planned. */
export const planned = (
  text: string,
  given: Partial<PlanOptions> = {},
  config: ExecutionConfig = { Cmd: ["sh"] }
): BuildPlan => {
  const outcome = Planner.plan(Either.getOrThrow(Parser.parse(text)), { ...options, ...given }, (need) =>
    image(need.reference, config)
  )
  if (Either.isLeft(outcome)) throw new Error(outcome.left.message)
  if (outcome.right._tag !== "Planned") throw new Error("the plan needs images")
  return outcome.right.plan
}

/** The message of a text that cannot be planned. */
export const refusal = (text: string, given: Partial<PlanOptions> = {}): string => {
  const outcome = Planner.plan(Either.getOrThrow(Parser.parse(text)), { ...options, ...given }, (need) =>
    image(need.reference)
  )
  if (Either.isRight(outcome)) throw new Error("the plan was made")
  return outcome.left.message
}

/** A stage of a generated Dockerfile: what it starts from and reads, by index of earlier stages. */
export interface StageSketch {
  readonly base: number | undefined
  readonly reads: ReadonlyArray<number>
  readonly commands: ReadonlyArray<string>
}

const earlier = (index: number) => FastCheck.integer({ min: 0, max: index - 1 })

/** Sketches of Dockerfiles of one to six stages; references go backwards only. */
export const sketches: FastCheck.Arbitrary<ReadonlyArray<StageSketch>> = FastCheck.integer({
  min: 1,
  max: 6
}).chain((count) =>
  FastCheck.tuple(
    ...Array.from({ length: count }, (_, index) =>
      FastCheck.record({
        base:
          index === 0 ? FastCheck.constant(undefined) : FastCheck.option(earlier(index), { nil: undefined }),
        reads: index === 0 ? FastCheck.constant([]) : FastCheck.array(earlier(index), { maxLength: 2 }),
        commands: FastCheck.array(FastCheck.constantFrom("make", "test -f /x", "echo $HOME"), {
          maxLength: 3
        })
      })
    )
  )
)

/** The Dockerfile of a sketch: stages are named s0, s1, … */
export const print = (sketch: ReadonlyArray<StageSketch>): string =>
  sketch
    .map(({ base, reads, commands }, index) =>
      [
        `FROM ${base === undefined ? "debian:12" : `s${base}`} AS s${index}`,
        ...commands.map((command) => `RUN ${command} # ${index}`),
        ...reads.map((from, at) => `COPY --from=s${from} /out /in${at}/`)
      ].join("\n")
    )
    .join("\n")

/** The stages that one needs, itself included. */
export const closure = (sketch: ReadonlyArray<StageSketch>, target: number): ReadonlySet<number> => {
  const found = new Set<number>()
  const visit = (index: number): void => {
    if (found.has(index)) return
    found.add(index)
    const stage = sketch[index]
    if (stage?.base !== undefined) visit(stage.base)
    for (const read of stage?.reads ?? []) visit(read)
  }
  visit(target)
  return found
}

export const digest = (text: string): Digest => Digests.ofBytes(text)
