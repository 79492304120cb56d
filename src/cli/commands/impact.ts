import * as path from "node:path"
import * as Effect from "effect/Effect"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { type BuildFailure, failure } from "../../engine/build/BuildRequest.js"
import * as Impact from "../../engine/Impact.js"
import * as Arity from "../Arity.js"
import * as Assignments from "../build/Assignments.js"
import { buildFlags } from "../build/BuildFlags.js"
import { sourceOf } from "../build/ContextArgument.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as ImpactView from "../ImpactView.js"

const { buildArg, file, target } = buildFlags

/** A path as it is in the context. */
const inContext = (context: string, given: string): Effect.Effect<string, BuildFailure> => {
  const relative = path.relative(path.resolve(context), path.resolve(given))
  return relative === ".." || relative.startsWith("../")
    ? failure(`${given} is not in the build context ${context}: name that with --context`)
    : Effect.succeed(relative)
}

export default command({
  needs: "build",
  usage: "[OPTIONS] PATH [PATH...]",
  arity: Arity.atLeast(1),
  flags: {
    buildArg,
    context: Flag.text("context", { short: "C", help: 'Directory of the build context (default: ".")' }),
    file,
    format: Flag.text("format", { help: 'Format of the answer: "text" or "json"' }),
    target
  },
  run: ({ buildArg, context = ".", file, format = "text", target }, paths) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      if (format !== "text" && format !== "json")
        return yield* failure(`invalid format "${format}": use text or json`)
      const request: Impact.Asked = {
        source: yield* sourceOf(context, file, { secrets: new Map(), agent: undefined }, {}),
        options: {
          target,
          buildArgs: Assignments.buildArgs(buildArg),
          labels: {},
          buildPlatform: hostPlatform(),
          targetPlatform: undefined,
          network: "default"
        },
        pull: "missing"
      }
      const asked = yield* Effect.forEach(paths, (one) => inContext(context, one))
      const told = yield* Impact.impact(request, asked)
      yield* terminal.out(format === "json" ? ImpactView.json(told) : ImpactView.text(told))
      return 0
    })
})
