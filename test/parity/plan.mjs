import { source } from "./source.mjs"

const IgnoreFile = await source("core/dockerfile/IgnoreFile.ts")
const Linter = await source("core/lint/Linter.ts")
const Parser = await source("core/dockerfile/Parser.ts")
const Planner = await source("core/plan/Planner.ts")
const BuildPlan = await source("core/plan/BuildPlan.ts")

const or = (either) => {
  if (either._tag === "Left") throw either.left
  return either.right
}

const linux = { os: "linux", architecture: "amd64" }
const options = {
  target: undefined,
  buildArgs: {},
  labels: {},
  buildPlatform: linux,
  targetPlatform: undefined,
  network: "default"
}
/** The image that the scorer's resolver gives for every name. */
const image = {
  id: `sha256:${"0".repeat(64)}`,
  config: {
    ...linux,
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: [] }
  }
}

export const plan = (bytes) => {
  const dockerfile = or(Parser.parse(bytes))
  const around = { options, images: () => image, ignore: IgnoreFile.nothing, stages: undefined }
  const violation = Linter.violation(or(Linter.lint(dockerfile, around)))
  if (violation !== undefined) throw new Error(violation)
  const outcome = or(Planner.plan(dockerfile, options, () => image))
  const result = outcome.plan
  return {
    stages: dockerfile.stages.map((stage) => ({
      name: stage.name ?? "",
      base: stage.from.image.text,
      platform: stage.from.platform?.text ?? ""
    })),
    images: result.images.map((need) => need.reference),
    execs: result.stages.flatMap((stage) =>
      stage.steps.flatMap(({ operation }) => (operation._tag === "Exec" ? [operation.argv] : []))
    ),
    config: BuildPlan.finalConfig(BuildPlan.targetStage(result))
  }
}
