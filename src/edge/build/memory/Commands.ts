import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../../../core/container/ContainerSpec.js"
import type { Script } from "../../runtime/RuntimeRecording.js"
import type { Files } from "./Files.js"

/** A command that a RUN would execute, and what it would see. */
export interface Command {
  /** The executable and its arguments; of a shell form the shell's, whose last is the script. */
  readonly argv: ReadonlyArray<string>
  /** The script of a shell form; the words of an exec form, joined by spaces. */
  readonly text: string
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly user: { readonly uid: number; readonly gid: number }
  readonly network: "default" | "none" | "host"
  /** A regular file as text, mounts included, links followed; undefined where there is none. */
  readonly read: (path: string) => string | undefined
  /** The names in a directory, sorted. */
  readonly names: (path: string) => ReadonlyArray<string>
  /** The whole specification that the container would get. */
  readonly spec: ContainerSpec
}

/** What a command does; what is not given: it succeeds, says nothing and changes nothing. */
export interface CommandOutcome {
  readonly code?: number
  readonly stdout?: string
  readonly stderr?: string
  /** What it writes. Below a cache mount it is kept there, below any other mount it is lost. */
  readonly files?: Files
  /** Absolute paths that it removes. */
  readonly removed?: ReadonlyArray<string>
}

/** Decides what the commands of a build do. */
export type Run = (command: Command) => CommandOutcome | undefined

/** Commands on their way through the recording runtime, which knows containers only by their specification. */
export class Commands {
  private readonly waiting = new Map<string, () => CommandOutcome>()
  private readonly done = new Map<string, CommandOutcome>()

  constructor(private readonly run: Run) {}

  /** The script for the recording runtime. */
  readonly script: Script = (_process, spec) =>
    Effect.sync(() => {
      const outcome = this.waiting.get(spec.id)?.() ?? {}
      this.waiting.delete(spec.id)
      this.done.set(spec.id, outcome)
      const { code = 0, stdout = "", stderr = "" } = outcome
      return { code, stdout, stderr }
    })

  /** Says what a container's command will be. */
  expect(command: Command): void {
    this.waiting.set(command.spec.id, () => this.run(command) ?? {})
  }

  /** What a container's command has done. */
  outcomeOf(id: string): CommandOutcome {
    const outcome = this.done.get(id) ?? {}
    this.done.delete(id)
    return outcome
  }
}
