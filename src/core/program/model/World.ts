import type { Entry } from "./FileSystem.js"

/** The machine that a program runs on in the model. Paths are absolute. */
export interface World {
  /** What the host has; directories above are implied. */
  readonly host: ReadonlyMap<string, Entry>
  /** What the container's root file system has. */
  readonly image: ReadonlyMap<string, Entry>
  /** What a fresh file system of a type has, e.g. `proc`. */
  readonly fresh: ReadonlyMap<string, ReadonlyMap<string, Entry>>
  /** The starter's bounding set, which is also what it holds. */
  readonly capabilities: bigint
  /** Descriptors that the starter passes, besides 0, 1 and 2. */
  readonly descriptors: ReadonlyArray<number>
  /** System calls that this kernel, or a policy over it, answers with an error, by name: negative numbers. */
  readonly failing: ReadonlyMap<string, number>
}
