import { source } from "./source.mjs"

const IgnoreFile = await source("core/dockerfile/IgnoreFile.ts")
const Linter = await source("core/lint/Linter.ts")
const Parser = await source("core/dockerfile/Parser.ts")

const orThrow = (either) => {
  if (either._tag === "Left") throw either.left
  return either.right
}

const linux = { os: "linux", architecture: "amd64" }
const around = {
  options: {
    target: undefined,
    buildArgs: {},
    labels: {},
    buildPlatform: linux,
    targetPlatform: undefined,
    network: "default"
  },
  images: () => undefined,
  ignore: IgnoreFile.nothing,
  stages: undefined
}

export const lint = (bytes) =>
  orThrow(Linter.lint(orThrow(Parser.parse(bytes)), around)).warnings.map(({ rule, range }) => ({
    rule,
    line: range.start.line
  }))
