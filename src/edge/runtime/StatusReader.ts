import * as fs from "node:fs"
import * as path from "node:path"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as StatusFile from "../../core/program/StatusFile.js"
import * as ProcessTable from "./ProcessTable.js"
import type { ExitStatus, RunState } from "./RunState.js"

const toExitStatus = (record: StatusFile.StatusRecord): ExitStatus => ({
  code: record.code,
  signal: Option.fromNullable(record.signal),
  oomKilled: record.oomKilled,
  finishedAt: record.finishedAt
})

/** What a monitor wrote; undefined while it has not, or when it was killed first. */
export const read = (file: string): ExitStatus | undefined => {
  try {
    return Either.match(StatusFile.decode(fs.readFileSync(file)), {
      onLeft: () => undefined,
      onRight: toExitStatus
    })
  } catch {
    // It is not there (yet).
    return undefined
  }
}

/** An end that only an exit code tells of. */
export const fromCode = (code: number, now: number): ExitStatus => ({
  code,
  signal: code > 128 ? Option.some(code - 128) : Option.none(),
  oomKilled: false,
  finishedAt: now
})

/** How often to look whether a monitor was killed before it could write; ordinary ends are seen at once. */
const lookEvery = Duration.millis(500)

const changed = (directory: string): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    try {
      const watcher = fs.watch(directory, { persistent: true }, () => {
        watcher.close()
        resume(Effect.void)
      })
      watcher.on("error", () => watcher.close())
      return Effect.sync(() => watcher.close())
    } catch {
      // Too many watches, or no directory: the regular look is enough.
      return undefined
    }
  })

const monitorLives = (state: RunState): boolean => {
  const monitor = ProcessTable.look(state.monitorPid)
  return monitor !== undefined && monitor.state !== "Z" && state.bootId === ProcessTable.bootId()
}

/** Waits for the status file of a container that any process started. */
export const wait = (file: string, state: RunState): Effect.Effect<ExitStatus> =>
  Effect.gen(function* () {
    const alive = monitorLives(state) || ProcessTable.lives(state)
    const found = read(file)
    if (found !== undefined) return found
    if (!alive) return fromCode(137, Date.now())
    return yield* Effect.fail("running" as const)
  }).pipe(
    Effect.catchAll((running) =>
      Effect.zipRight(Effect.race(changed(path.dirname(file)), Effect.sleep(lookEvery)), Effect.fail(running))
    ),
    Effect.retry(Schedule.forever),
    Effect.orDie
  )
