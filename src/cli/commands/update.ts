import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { update } from "../../engine/Update.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import * as ContainerFlags from "../ContainerFlags.js"
import { each } from "../Each.js"

const {
  blkioWeight,
  cpuPeriod,
  cpuQuota,
  cpuRtPeriod,
  cpuRtRuntime,
  cpuShares,
  cpus,
  cpusetCpus,
  cpusetMems,
  memory,
  memoryReservation,
  memorySwap,
  pidsLimit,
  restart
} = ContainerFlags.flags

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: {
    blkioWeight,
    cpuPeriod,
    cpuQuota,
    cpuRtPeriod,
    cpuRtRuntime,
    cpuShares,
    cpus,
    cpusetCpus,
    cpusetMems,
    memory,
    memoryReservation,
    memorySwap,
    pidsLimit,
    restart
  },
  run: (values, names) =>
    Effect.gen(function* () {
      const flags = ContainerFlags.given(values)
      if (Object.keys(flags).length === 0)
        return yield* Effect.fail<Failure>({
          message: "you must provide one or more flags when using this command"
        })
      const terminal = yield* Terminal
      return yield* each(names, (name) =>
        Effect.gen(function* () {
          yield* update(yield* find(name), flags)
          yield* terminal.out(`${name}\n`)
        })
      )
    })
})
