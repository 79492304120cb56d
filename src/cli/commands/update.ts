import * as Effect from "effect/Effect"
import { update } from "../../engine/Update.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import * as ContainerFlags from "../ContainerFlags.js"
import { eachContainer } from "../EachContainer.js"

const all = ContainerFlags.flags

const flags = {
  blkioWeight: all.blkioWeight,
  cpuPeriod: all.cpuPeriod,
  cpuQuota: all.cpuQuota,
  cpuRtPeriod: all.cpuRtPeriod,
  cpuRtRuntime: all.cpuRtRuntime,
  cpuShares: all.cpuShares,
  cpus: all.cpus,
  cpusetCpus: all.cpusetCpus,
  cpusetMems: all.cpusetMems,
  memory: all.memory,
  memoryReservation: all.memoryReservation,
  memorySwap: all.memorySwap,
  pidsLimit: all.pidsLimit,
  restart: all.restart
}

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags,
  run: (values, names) =>
    Effect.gen(function* () {
      const given = ContainerFlags.given(values)
      if (Object.keys(given).length === 0)
        return yield* Effect.fail<Failure>({
          message: "you must provide one or more flags when using this command"
        })
      return yield* eachContainer(names, (container) => update(container, given))
    })
})
