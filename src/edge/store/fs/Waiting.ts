import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { tryLock, tryShare } from "../../linux/Flock.js"
import { StoreError } from "../StoreError.js"
import { attempt } from "./Failure.js"

const longestWaitMillis = 50

/** Waits for the lock of an open file, asking ever more seldom: a thread that waits in the kernel cannot be interrupted. */
const waitFor = (fd: number, file: string, take = tryLock): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    for (let millis = 1; !(yield* attempt("lock", file, () => take(fd))); millis *= 2)
      yield* Effect.sleep(Math.min(millis, longestWaitMillis))
  })

const open = (file: string) => attempt("open", file, () => fs.openSync(file, "a+", 0o600))

const close = (fd: number) => Effect.sync(() => fs.closeSync(fd))

/** True while the name still leads to the open file: who had the lock before us may have moved it away. */
export const isStill = (fd: number, file: string): boolean =>
  fs.statSync(file, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino

/** Does `use` while this process alone has the lock of `file`, which is made if need be. */
export const whileLocked = <A, E, R>(
  file: string,
  use: Effect.Effect<A, E, R>
): Effect.Effect<A, E | StoreError, R> =>
  Effect.acquireUseRelease(open(file), (fd) => Effect.zipRight(waitFor(fd, file), use), close)

/** True if somebody has the lock of a file that is there. */
export const isLocked = (file: string): boolean => {
  const fd = fs.openSync(file, "r")
  try {
    return !tryLock(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Opens `file` (to read and append, made if need be) and has its lock, until the scope closes. */
export const openLocked = (file: string): Effect.Effect<number, StoreError, Scope.Scope> =>
  openWith(file, tryLock)

/** The same, with others who share the lock. */
export const openShared = (file: string): Effect.Effect<number, StoreError, Scope.Scope> =>
  openWith(file, tryShare)

const openWith = (
  file: string,
  take: (fd: number) => boolean
): Effect.Effect<number, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    while (true) {
      const fd = yield* Effect.acquireRelease(open(file), close)
      yield* waitFor(fd, file, take)
      if (yield* attempt("open", file, () => isStill(fd, file))) return fd
    }
  })

/** The same, but fails as `Locked` with `message` at once if somebody has the lock. */
export const openLockedNow = (
  file: string,
  message: string
): Effect.Effect<number, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const fd = yield* Effect.acquireRelease(open(file), close)
    if (yield* attempt("lock", file, () => tryLock(fd))) return fd
    return yield* new StoreError({ reason: "Locked", subject: file, message })
  })
