import * as Effect from "effect/Effect"
import * as Explain from "../../core/program/Explain.js"
import { ContainerStore, type StoredContainer } from "../../edge/store/ContainerStore.js"
import { Supervisor } from "../../edge/supervisor/Supervisor.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { options } from "../../engine/ContainerRequest.js"
import { foreground } from "../../engine/Run.js"
import * as Arity from "../Arity.js"
import * as AttachFlags from "../AttachFlags.js"
import { command, type Failure } from "../Command.js"
import * as ContainerFlags from "../ContainerFlags.js"
import * as Flag from "../Flag.js"
import * as MadeFlags from "../MadeFlags.js"
import { makeContainer, planContainer } from "../MakeContainer.js"
import * as RefusedFlags from "../RefusedFlags.js"
import { texts } from "../Values.js"

interface Manner {
  readonly detachKeys: ReadonlyArray<number>
  readonly sigProxy: boolean
}

/**
 * With a terminal the supervisor keeps the container, so that the detach keys can leave it running; with a restart policy,
 * because this command ends with the first life.
 */
const stay = (container: StoredContainer, manner: Manner) =>
  Effect.gen(function* () {
    const { attached: streams, restart, tty } = yield* options(container.record)
    if (!tty && restart.name === "no")
      return yield* foreground(container, { ...streams, signals: manner.sigProxy })
    const { startAttached } = yield* Effect.promise(() => import("../../engine/Attach.js"))
    const code = yield* startAttached(container, {
      ...streams,
      signals: manner.sigProxy,
      detachKeys: manner.detachKeys
    })
    return code ?? 0
  })

/** A container that could not be started and asked to be removed has no reason to stay. */
const orRemove = <A, E extends Failure, R>(container: StoredContainer, work: Effect.Effect<A, E, R>) =>
  Effect.tapError(work, () =>
    container.record.autoRemove
      ? Effect.ignore(Effect.flatMap(ContainerStore, (store) => store.remove(container.record.id)))
      : Effect.void
  )

export default command({
  needs: "containers",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  arity: Arity.atLeast(1),
  interspersed: false,
  failures: "engine",
  signals: "own",
  flags: {
    ...ContainerFlags.flags,
    ...ContainerFlags.making,
    ...RefusedFlags.flags,
    ...MadeFlags.run,
    format: Flag.text("format", { help: 'Format of --plan: "text" or "json"' }),
    plan: Flag.toggle("plan", {
      help: "Print the program of system calls that would start the container, and change nothing"
    })
  },
  run: (values, words) =>
    Effect.gen(function* () {
      const { attach, detach, detachKeys, sigProxy } = values
      const made = { by: "run" as const, flags: texts(MadeFlags.kept, values) }
      if (detach && attach.length > 0) {
        return yield* Effect.fail<Failure>({
          message: "conflicting options: cannot specify both --attach and --detach",
          exitCode: 1
        })
      }
      if (values.plan) {
        const { spec, program } = yield* planContainer(values, values, words, made)
        yield* (yield* Terminal).out(
          values.format === "json"
            ? `${JSON.stringify(Explain.toJson(program, spec.architecture), undefined, 2)}\n`
            : Explain.toText(program)
        )
        return 0
      }
      const keys = yield* AttachFlags.keys(detachKeys)
      const isTyped = values.interactive === true || attach.includes("stdin")
      if (!detach) yield* AttachFlags.requireTerminal(values.tty === true && isTyped)
      const container = yield* makeContainer(values, values, words, made)
      if (detach) {
        const supervisor = yield* Supervisor
        yield* orRemove(container, supervisor.start({ id: container.record.id, size: undefined }))
        yield* (yield* Terminal).out(`${container.record.id}\n`)
        return 0
      }
      return yield* orRemove(container, stay(container, { detachKeys: keys, sigProxy }))
    })
})
