import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Tells that something in a directory has changed. */
export interface Bell {
  /** Resolves at the next change, or at once when there was one since the last wait. */
  readonly wait: () => Promise<void>
  readonly ring: () => void
}

/** A look at least this often, for file systems where changes are not told. */
const pollMs = 500

/** Rings at every change of a directory and at least twice a second, until the scope closes. */
export const inDirectory = (directory: string): Effect.Effect<Bell, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      let rung = false
      let wake: (() => void) | undefined
      const ring = () => {
        rung = true
        wake?.()
      }
      const timer = setInterval(ring, pollMs)
      let watcher: fs.FSWatcher | undefined
      try {
        watcher = fs.watch(directory, ring)
        watcher.on("error", () => watcher?.close())
      } catch {
        // Out of inotify watches: the timer still finds what is new.
      }
      const bell: Bell = {
        ring,
        wait: () =>
          new Promise((resolve) => {
            const go = () => {
              rung = false
              wake = undefined
              resolve()
            }
            if (rung) go()
            else wake = go
          })
      }
      return { ...bell, watcher, timer }
    }),
    ({ watcher, timer }) =>
      Effect.sync(() => {
        watcher?.close()
        clearInterval(timer)
      })
  )
