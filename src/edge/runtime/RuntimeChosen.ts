import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import type { Runtime } from "./Runtime.js"
import * as RuntimeNative from "./RuntimeNative.js"

/**
 * Each container by the runtime that its specification names: this engine itself, or an OCI runtime, which is loaded by those who use one. What is
 * known of a process only (a signal) is the same for all.
 */
export const service = (directory: string): Runtime["Type"] => {
  const native = RuntimeNative.service(directory)
  const of = ({ runtime }: ContainerSpec): Effect.Effect<Runtime["Type"]> =>
    runtime === undefined
      ? Effect.succeed(native)
      : Effect.map(
          Effect.promise(() => import("./RuntimeOci.js")),
          (RuntimeOci) => RuntimeOci.service(runtime, directory, native)
        )
  return {
    start: (spec, request) => Effect.flatMap(of(spec), (runtime) => runtime.start(spec, request)),
    exec: native.exec,
    signal: native.signal,
    wait: native.wait,
    killAll: (state, spec) => Effect.flatMap(of(spec), (runtime) => runtime.killAll(state, spec)),
    pause: (state, spec) => Effect.flatMap(of(spec), (runtime) => runtime.pause(state, spec)),
    resume: (state, spec) => Effect.flatMap(of(spec), (runtime) => runtime.resume(state, spec)),
    liveness: (state, spec) => Effect.flatMap(of(spec), (runtime) => runtime.liveness(state, spec)),
    remove: (spec) => Effect.flatMap(of(spec), (runtime) => runtime.remove(spec))
  }
}
