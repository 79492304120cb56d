import { createRequire } from "node:module"
import * as util from "node:util"
import type * as Koffi from "koffi"

/**
 * A system call that failed. Has the shape of Node's own errors (`code` "ENOSPC", `errno` negative, `syscall`), so that one
 * reading of `code` serves both.
 */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError"
  readonly code: string
  constructor(
    readonly syscall: string,
    /** Negative, as Node has it. */
    readonly errno: number,
    readonly path: string | undefined
  ) {
    const code = util.getSystemErrorName(errno)
    super(`${code}: ${syscall}${path === undefined ? "" : ` '${path}'`}`)
    this.code = code
  }
}

interface Loaded {
  readonly koffi: typeof Koffi
  readonly library: Koffi.LibraryHandle
}

let loaded: Loaded | undefined

/**
 * koffi's native half by itself. Its package looks for the file in a dozen places and reads Node's own executable to know
 * which C library there is, which takes ten times as long as loading the file.
 */
const loadAddon = (): typeof Koffi => {
  const require = createRequire(import.meta.url)
  try {
    const file = require.resolve(`@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`)
    const addon: { exports: Partial<typeof Koffi> } = { exports: {} }
    process.dlopen(addon, file)
    if (isWhole(addon.exports)) return addon.exports
  } catch {
    // musl, another architecture, another layout of the package: koffi knows them all.
  }
  return require("koffi")
}

const isWhole = (addon: Partial<typeof Koffi>): addon is typeof Koffi =>
  addon.load !== undefined && addon.errno !== undefined && addon.address !== undefined

/** koffi and the C library of this process: loaded when the first function is bound. */
const load = (): Loaded => {
  if (loaded === undefined) {
    const koffi = loadAddon()
    loaded = { koffi, library: koffi.load(null) }
  }
  return loaded
}

/**
 * Ends this process at once, without the 5 ms and more that Node takes to give every page of its heap back, if the C library
 * is loaded anyway. Call it from an `exit` handler, when all is said: nothing of JavaScript runs afterwards.
 */
export const exitNow = (code: number): void => {
  if (loaded !== undefined) bind("void _exit(int status)")(code)
}

/** A bound C function; `async` runs it on a thread of koffi's, for calls that wait. */
export interface Bound {
  (...args: ReadonlyArray<unknown>): number
  readonly async: (...args: ReadonlyArray<unknown>) => void
}

const bound = new Map<string, Bound>()

/** The C function of a prototype such as `int flock(int fd, int operation)`. Bound once. */
export const bind = (prototype: string): Bound => {
  const known = bound.get(prototype)
  if (known !== undefined) return known
  const made: Bound = load().library.func(prototype)
  bound.set(prototype, made)
  return made
}

/** Why the last call failed, such as "ENODATA". Only right after it. */
export const lastCode = (): string => util.getSystemErrorName(-load().koffi.errno())

/** The result of a call that gives a negative number on failure; throws {@link SystemCallError}. */
export const check = (result: number, syscall: string, path?: string): number => {
  if (result < 0) throw new SystemCallError(syscall, -load().koffi.errno(), path)
  return result
}

/** Where memory lies, for structures that point to it. Keep the memory referenced until the call is over. */
export const address = (memory: Uint8Array): bigint => load().koffi.address(memory)
