import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import { toText } from "../../core/container/RuntimeJson.js"
import * as RuntimeSpec from "../../core/container/RuntimeSpec.js"
import { assemble } from "../../core/program/Assemble.js"
import * as InitProgram from "../../core/program/InitProgram.js"
import { RuntimeError } from "./RuntimeError.js"

/** Where a container's bundle and the runtime's words about it are. */
export interface OciBundle {
  readonly directory: string
  readonly pidFile: string
  readonly log: string
}

/** The bundle of a container below the engine's directory; nothing is made. */
export const at = (directory: string, id: string): OciBundle => {
  const bundle = path.join(directory, "bundles", id)
  return { directory: bundle, pidFile: `${bundle}/pid`, log: `${bundle}/log` }
}

const failed = (what: string) => (cause: unknown) =>
  new RuntimeError({ reason: "Spawn", exitCode: 125, message: `cannot ${what}: ${String(cause)}`, cause })

/** An ordinary user's runtime runs in the user namespace already. */
const asSeen = (spec: ContainerSpec): ContainerSpec =>
  spec.namespaces.user._tag === "New"
    ? {
        ...spec,
        namespaces: { ...spec.namespaces, user: { _tag: "Host", reason: spec.namespaces.user.reason } }
      }
    : spec

/** Writes `config.json`, replacing what an earlier start left. */
export const write = (directory: string, spec: ContainerSpec): Effect.Effect<OciBundle, RuntimeError> =>
  Effect.try({
    try: () => {
      const bundle = at(directory, spec.id)
      fs.rmSync(bundle.directory, { recursive: true, force: true })
      fs.mkdirSync(bundle.directory, { recursive: true, mode: 0o700 })
      const init = spec.process.init.value
        ? { source: `${bundle.directory}/init`, path: InitProgram.path }
        : undefined
      if (init !== undefined)
        fs.writeFileSync(init.source, assemble(InitProgram.compileInit(spec.process), spec.architecture), {
          mode: 0o755
        })
      fs.writeFileSync(`${bundle.directory}/config.json`, toText(RuntimeSpec.make(asSeen(spec), init)))
      return bundle
    },
    catch: failed("write the container's bundle")
  })

/** The pid that the runtime wrote when it had created the container. */
export const pidOf = (bundle: OciBundle): Effect.Effect<number, RuntimeError> =>
  Effect.try({
    try: () => Number(fs.readFileSync(bundle.pidFile, "utf8")),
    catch: failed("read the pid that the runtime wrote")
  })

/** The last thing that the runtime complained about; empty when it did not. */
export const complaint = ({ log }: OciBundle): string => {
  try {
    const lines = fs.readFileSync(log, "utf8").trim().split("\n")
    return messageOf(lines.findLast((line) => line.includes('"error"')) ?? lines.at(-1) ?? "")
  } catch {
    // It never came as far as logging.
    return ""
  }
}

/** Runtimes log lines of JSON with a member `msg`. */
const messageOf = (line: string): string => {
  const quoted = /"msg"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
  return quoted === undefined ? line : quoted.replace(/\\(.)/g, "$1")
}

/** Removes the bundle; not being there is fine. */
export const remove = (bundle: OciBundle): Effect.Effect<void> =>
  Effect.sync(() => fs.rmSync(bundle.directory, { recursive: true, force: true }))
