import * as fs from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { bind, check, SystemCallError } from "./Libc.js"

/** An overlay of layers could not be mounted. `Unsupported`: this kernel or user cannot at all. */
export class MountError extends Data.TaggedError("MountError")<{
  readonly reason: "Unsupported" | "Failed"
  readonly message: string
  readonly cause: unknown
}> {}

/** What to lay on each other. */
export interface OverlayRequest {
  /** Directories, topmost first; at least one. */
  readonly lower: ReadonlyArray<string>
  /** Undefined: read-only. */
  readonly writable: { readonly upper: string; readonly work: string } | undefined
  /** Whose marks overlay writes: those of the first user namespace, or `user.overlay.*`. */
  readonly identity: "root" | "mapped"
}

/** The numbers are the same on x86-64 and arm64. Source: fsopen(2), fsconfig(2), fsmount(2). */
const numbers = { fsopen: 430, fsconfig: 431, fsmount: 432 } as const
const closeOnExec = 1
const setFlag = 0
const setString = 1
const create = 6
const readOnly = 1

const call = (): ReturnType<typeof bind> =>
  bind("long syscall(long number, long a, long b, const char *c, const char *d, long e)")

const open = (type: "overlay" | "tmpfs"): number =>
  check(bind("long syscall(long number, const char *a, long b)")(numbers.fsopen, type, closeOnExec), "fsopen")

const configure = (context: number, command: number, key: string | null, value: string | null): void => {
  check(call()(numbers.fsconfig, context, command, key, value, 0), "fsconfig", key ?? undefined)
}

const mount = (context: number, flags: number): number =>
  check(
    bind("long syscall(long number, long a, long b, long c)")(numbers.fsmount, context, closeOnExec, flags),
    "fsmount"
  )

/** The kernel's own words about what it did not like. Source: fsopen(2), "message retrieval". */
const complaint = (context: number): string => {
  const buffer = Buffer.alloc(4096)
  try {
    return buffer.toString("utf8", 0, fs.readSync(context, buffer)).trim()
  } catch {
    return ""
  }
}

const unsupported = new Set(["ENOSYS", "EPERM", "ENODEV"])

const attach = (request: OverlayRequest): number => {
  const context = open("overlay")
  try {
    for (const directory of request.lower) configure(context, setString, "lowerdir+", directory)
    if (request.writable !== undefined) {
      configure(context, setString, "upperdir", request.writable.upper)
      configure(context, setString, "workdir", request.writable.work)
    }
    // What is written must be complete by itself: no references into the layers below.
    if (request.identity === "mapped") configure(context, setFlag, "userxattr", null)
    else configure(context, setString, "redirect_dir", "nofollow")
    configure(context, setString, "metacopy", "off")
    configure(context, setString, "index", "off")
    configure(context, create, null, null)
    return mount(context, request.writable === undefined ? readOnly : 0)
  } catch (error) {
    const words = complaint(context)
    throw new MountError({
      reason:
        error instanceof SystemCallError && unsupported.has(error.code) && words === ""
          ? "Unsupported"
          : "Failed",
      message: `cannot mount the layers: ${error instanceof Error ? error.message : String(error)}${words === "" ? "" : ` (${words})`}`,
      cause: error
    })
  } finally {
    fs.closeSync(context)
  }
}

/** Keeps what was attached until the scope closes; it is then gone. */
const attached = (work: () => number): Effect.Effect<number, MountError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: work,
      catch: (error) =>
        error instanceof MountError
          ? error
          : new MountError({ reason: "Unsupported", message: String(error), cause: error })
    }),
    (fd) => Effect.sync(() => fs.closeSync(fd))
  )

const pathOf = (fd: number): string => `/proc/self/fd/${fd}`

/**
 * Mounts an overlay that is in no mount table: it is reached through the path that is given (`/proc/self/fd/N`), by this
 * process and by those that inherit the descriptor, and is gone when the scope closes or the process dies.
 */
export const overlay = (request: OverlayRequest): Effect.Effect<string, MountError, Scope.Scope> =>
  Effect.map(
    attached(() => attach(request)),
    pathOf
  )

/** An empty file system in memory, of the same kind. */
export const memory: Effect.Effect<{ readonly path: string; readonly fd: number }, MountError, Scope.Scope> =
  Effect.map(
    attached(() => {
      const context = open("tmpfs")
      try {
        configure(context, create, null, null)
        return mount(context, 0)
      } finally {
        fs.closeSync(context)
      }
    }),
    (fd) => ({ path: pathOf(fd), fd })
  )
