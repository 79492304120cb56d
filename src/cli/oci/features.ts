import * as Effect from "effect/Effect"
import * as Features from "../../core/container/bundle/Features.js"
import { HostProbe } from "../../edge/host/HostProbe.js"
import { version } from "../../version.js"
import * as Arity from "../Arity.js"
import { printJson, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "",
  summary: "Print what this runtime can do",
  arity: Arity.none,
  flags: {},
  run: () =>
    Effect.gen(function* () {
      const host = yield* (yield* HostProbe).host
      yield* printJson(Features.features(version, host.architecture))
      return 0
    })
})
