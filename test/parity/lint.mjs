import { source } from "./source.mjs"

const IgnoreFile = await source("core/dockerfile/IgnoreFile.ts")
const Linter = await source("core/lint/Linter.ts")
const Parser = await source("core/dockerfile/Parser.ts")

const orThrow = (either) => {
  if (either._tag === "Left") throw either.left
  return either.right
}

const linux = { os: "linux", architecture: "amd64" }
/** The image that stands for every name in the answers, there for every platform. */
const image = {
  id: `sha256:${"0".repeat(64)}`,
  config: {
    ...linux,
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] },
    rootfs: { type: "layers", diff_ids: [] }
  }
}
const around = {
  options: {
    target: undefined,
    buildArgs: {},
    labels: {},
    buildPlatform: linux,
    targetPlatform: undefined,
    network: "default"
  },
  images: ({ platform }) => ({ ...image, config: { ...image.config, ...platform } }),
  ignore: IgnoreFile.nothing,
  stages: undefined
}

export const lint = (bytes) =>
  orThrow(Linter.lint(orThrow(Parser.parse(bytes)), around)).warnings.map(({ rule, range }) => ({
    rule,
    line: range.start.line
  }))
