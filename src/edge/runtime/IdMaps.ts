import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { IdMapping, UserNamespace } from "../../core/container/Namespace.js"
import { RuntimeError } from "./RuntimeError.js"

const fail = (message: string, cause: unknown): RuntimeError =>
  new RuntimeError({ reason: "IdMap", exitCode: 125, message, cause })

const helper = (name: "newuidmap" | "newgidmap", pid: number, map: ReadonlyArray<IdMapping>) =>
  Effect.async<void, RuntimeError>((resume) => {
    const numbers = map.flatMap(({ inside, outside, size }) => [inside, outside, size].map(String))
    execFile(name, [String(pid), ...numbers], (cause, _, stderr) => {
      if (cause === null) return resume(Effect.void)
      const missing = "code" in cause && cause.code === "ENOENT"
      const why = missing
        ? `${name} is not installed (package uidmap)`
        : stderr.trim() || `${name} failed: ${cause.message}`
      resume(Effect.fail(fail(`cannot map the container's ids: ${why}`, cause)))
    })
  })

const lines = (map: ReadonlyArray<IdMapping>): string =>
  map.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join("")

const direct = (pid: number, user: Extract<UserNamespace, { _tag: "New" }>) =>
  Effect.try({
    try: () => {
      if (user.denySetgroups) fs.writeFileSync(`/proc/${pid}/setgroups`, "deny")
      fs.writeFileSync(`/proc/${pid}/gid_map`, lines(user.gidMap))
      fs.writeFileSync(`/proc/${pid}/uid_map`, lines(user.uidMap))
    },
    catch: (cause) => fail(`cannot map the container's ids: ${String(cause)}`, cause)
  })

/** Writes the id maps of a process that waits in its new user namespace. */
export const write = (
  pid: number,
  user: Extract<UserNamespace, { _tag: "New" }>
): Effect.Effect<void, RuntimeError> =>
  user.writer === "direct"
    ? direct(pid, user)
    : Effect.all([helper("newgidmap", pid, user.gidMap), helper("newuidmap", pid, user.uidMap)], {
        concurrency: 2,
        discard: true
      })
