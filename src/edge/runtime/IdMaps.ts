import * as Effect from "effect/Effect"
import type { UserNamespace } from "../../core/container/Namespace.js"
import * as UserIdMaps from "../linux/UserIdMaps.js"
import { RuntimeError } from "./RuntimeError.js"

/** Writes the id maps of a process that waits in its new user namespace. */
export const write = (
  pid: number,
  user: Extract<UserNamespace, { _tag: "New" }>
): Effect.Effect<void, RuntimeError> =>
  Effect.tryPromise({
    try: () => UserIdMaps.write(pid, user),
    catch: (cause) =>
      new RuntimeError({
        reason: "IdMap",
        exitCode: 125,
        message: cause instanceof Error ? cause.message : String(cause),
        cause
      })
  })
