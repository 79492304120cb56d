import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Errno from "../../core/program/Errno.js"
import * as Syscall from "../../core/program/Syscall.js"

/** A system call failed. `errno` is the symbolic name (`ENOENT`), `number` the same as a number. */
export class SyscallError extends Data.TaggedError("SyscallError")<{
  readonly syscall: Syscall.SyscallName
  readonly errno: string
  readonly number: number
  readonly message: string
}> {}

/** A number, or memory whose address is passed: bytes as they are, a string as NUL-terminated UTF-8. */
export type Argument = number | bigint | string | Uint8Array

/**
 * The kernel, one system call at a time. What a call writes to memory is in the Uint8Array that was passed once the
 * effect is done. The C library is loaded by the first call, so an engine that never needs it never pays for it.
 */
export class Libc extends Context.Tag("kasane/edge/linux/Libc")<
  Libc,
  {
    /** Makes the call on this thread: for calls that do not block. Succeeds with the result, which is never negative. */
    readonly call: (
      name: Syscall.SyscallName,
      ...args: ReadonlyArray<Argument>
    ) => Effect.Effect<number, SyscallError>
    /**
     * Makes the call on a thread of its own and waits for it without blocking the engine: for calls that do (a lock,
     * a message). An interruption of the effect does not interrupt the call.
     */
    readonly callBlocking: (
      name: Syscall.SyscallName,
      ...args: ReadonlyArray<Argument>
    ) => Effect.Effect<number, SyscallError>
  }
>() {}

/** The machine that this process runs on; undefined when programs cannot be assembled for it. */
export const architecture = (): Syscall.Architecture | undefined => {
  if (process.arch === "x64") return "amd64"
  return process.arch === "arm64" ? "arm64" : undefined
}

type Native = {
  readonly invoke: (number: number, args: ReadonlyArray<number | bigint>) => number
  readonly invokeAsync: (
    number: number,
    args: ReadonlyArray<number | bigint>,
    done: (cause: unknown, result: number) => void
  ) => void
  readonly address: (memory: Uint8Array) => bigint
  readonly errno: () => number
}

const load = Effect.promise(async (): Promise<Native> => {
  const { default: koffi } = await import("koffi")
  const syscall = koffi.load(null).func("long syscall(long, int64, int64, int64, int64, int64, int64)")
  return {
    invoke: (number, args) => Number(syscall(number, ...args)),
    invokeAsync: (number, args, done) =>
      syscall.async(number, ...args, (cause: unknown, result: unknown) => done(cause, Number(result))),
    address: (memory) => koffi.address(memory),
    errno: () => koffi.errno()
  }
})

const failure = (syscall: Syscall.SyscallName, number: number): SyscallError =>
  new SyscallError({
    syscall,
    errno: Errno.nameOf(number),
    number,
    message: `${syscall}: ${Errno.messageOf(number)}`
  })

const make = Effect.gen(function* () {
  const native = yield* Effect.cached(load)
  const machine = architecture() ?? "amd64"

  const prepare = (libc: Native, args: ReadonlyArray<Argument>) => {
    const memory = args.map((arg) => (typeof arg === "string" ? Buffer.from(`${arg}\0`) : arg))
    const numbers = memory.map((arg) => (arg instanceof Uint8Array ? libc.address(arg) : arg))
    while (numbers.length < 6) numbers.push(0)
    return { memory, numbers }
  }

  return Libc.of({
    call: (name, ...args) =>
      Effect.flatMap(native, (libc) =>
        Effect.suspend(() => {
          const { memory, numbers } = prepare(libc, args)
          const result = libc.invoke(Syscall.numberOf(name, machine), numbers)
          // `memory` must be reachable until here, or its bytes could be collected during the call.
          return result < 0 && memory.length >= 0
            ? Effect.fail(failure(name, libc.errno()))
            : Effect.succeed(result)
        })
      ),
    callBlocking: (name, ...args) =>
      Effect.flatMap(native, (libc) =>
        Effect.async<number, SyscallError>((resume) => {
          const { memory, numbers } = prepare(libc, args)
          libc.invokeAsync(Syscall.numberOf(name, machine), numbers, (cause, result) => {
            const failed = cause !== null || (result < 0 && memory.length >= 0)
            resume(failed ? Effect.fail(failure(name, libc.errno())) : Effect.succeed(result))
          })
        })
      )
  })
})

/** The C library of this process, through koffi. */
export const layer: Layer.Layer<Libc> = Layer.effect(Libc, make)
