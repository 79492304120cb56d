import type { ContainerProcess } from "../container/ContainerProcess.js"
import * as Command from "./Command.js"
import { init } from "./Init.js"
import type * as Program from "./Program.js"
import { because, number } from "./Steps.js"

/** Where it is shown in a container, as Docker's. */
export const path = "/sbin/docker-init"

/**
 * An init as a program of its own, for containers that another runtime makes: process 1 that reaps, passes signals on, and runs the command as
 * its child. It ends with the command's code; 127 when there is none, 126 when it cannot be executed.
 */
export const compileInit = (process: ContainerProcess): Program.Program => {
  const { call } = because("command", "policy: an init has nobody to report to")
  const wanted = { ...process, init: { ...process.init, value: true } }
  const end = (code: number) => call("exit_group", [number(code)])
  const steps = [...init(wanted), ...Command.freshSignals(), ...Command.execute(wanted)]
  return {
    steps: steps.map((step) =>
      step.operation._tag === "Fail"
        ? {
            ...end(step.meaning === "CommandNotFound" ? 127 : 126),
            ...(step.label === undefined ? {} : { label: step.label })
          }
        : step
    )
  }
}
