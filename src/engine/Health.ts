import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../core/container/ContainerSpec.js"
import * as GoDuration from "../core/container/GoDuration.js"
import * as HealthCheck from "../core/container/HealthCheck.js"
import type { ContainerState } from "../core/store/ContainerState.js"
import { Randomness } from "../edge/host/Randomness.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import * as ExecProcess from "./ExecProcess.js"
import { isAlive } from "./RunIdentity.js"

/** What a probe that did not answer in time is recorded as. */
const timedOut = (probe: HealthCheck.Probe) => ({
  code: -1,
  output: `Health check exceeded timeout (${GoDuration.text(probe.timeoutMs * 1e6)})`
})

/**
 * Probes a running container by its health check, again and again, and keeps what was found in its state. Ends at once where
 * there is no check; else when it is interrupted or the container has ended.
 */
export const watch = (container: StoredContainer, spec: ContainerSpec) =>
  Effect.gen(function* () {
    const probe = HealthCheck.probe(
      container.record.config.Healthcheck,
      container.record.config.Shell ?? undefined
    )
    if (probe === undefined) return
    const clock = yield* Randomness
    const { state } = yield* (yield* ContainerStore).get(container.record.id)
    const startedAt = Date.parse(state.startedAt ?? "")
    let record = recorded(state)
    for (;;) {
      const age = (yield* clock.now) - startedAt
      yield* Effect.sleep(Duration.millis(HealthCheck.nextDelayMs(probe, record, age)))
      const began = yield* clock.now
      const fresh = yield* (yield* ContainerStore).get(container.record.id)
      if (fresh.state.status === "paused") continue
      const answer = yield* ExecProcess.capture(fresh, spec, probe.command).pipe(
        Effect.timeoutTo({
          duration: Duration.millis(probe.timeoutMs),
          onTimeout: () => timedOut(probe),
          onSuccess: (result) => result
        }),
        Effect.catchAll((error) => Effect.succeed({ code: -1, output: String(error) }))
      )
      const result = {
        startedAt: began,
        finishedAt: yield* clock.now,
        exitCode: answer.code,
        output: answer.output
      }
      record = HealthCheck.observe(probe, record, result, startedAt)
      yield* keep(container.record.id, record)
    }
  }).pipe(Effect.ignore)

/** What an earlier look found: a container that was adopted is as healthy as it was. */
const recorded = ({ health, failingStreak, healthLog = [] }: ContainerState): HealthCheck.HealthRecord => ({
  status: health ?? HealthCheck.initial.status,
  failingStreak: failingStreak ?? 0,
  log: healthLog.map((entry) => ({
    startedAt: Date.parse(entry.Start),
    finishedAt: Date.parse(entry.End),
    exitCode: entry.ExitCode,
    output: entry.Output
  }))
})

const iso = (ms: number): string => new Date(ms).toISOString().replace("Z", "000000Z")

/** Only of a container that is still alive: its end is another's to write down. */
const keep = (id: string, record: HealthCheck.HealthRecord) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ContainerStore
      yield* store.lock(id)
      const container = yield* store.get(id)
      if (!isAlive(container)) return
      yield* store.setState(id, {
        ...container.state,
        health: record.status,
        failingStreak: record.failingStreak,
        healthLog: record.log.map((entry) => ({
          Start: iso(entry.startedAt),
          End: iso(entry.finishedAt),
          ExitCode: entry.exitCode,
          Output: entry.output
        }))
      })
    })
  )
