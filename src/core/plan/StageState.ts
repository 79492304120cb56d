import type { ExecutionConfig } from "../oci/ImageConfig.js"
import type { Platform } from "../oci/Platform.js"

/** What the instructions of a stage have made so far. Immutable; each instruction gives the next one. */
export interface StageState {
  readonly config: ExecutionConfig
  readonly author: string | undefined
  readonly platform: Platform
  /** What variables expand to and commands see: the image's environment, then ENV and ARG in the order of the file. */
  readonly environment: ReadonlyMap<string, string>
  /** Arguments that the stage has declared, in order; undefined: without a value. */
  readonly declared: ReadonlyMap<string, string | undefined>
  /** Names that ENV has set in this file or its base. */
  readonly fixed: ReadonlySet<string>
  /** CMD was given in this stage, so that ENTRYPOINT leaves it alone. */
  readonly cmdSet: boolean
}

/** What Linux images without a PATH get. */
export const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/** The part of `NAME=value` before and after the first `=`. */
export const splitEntry = (entry: string): readonly [name: string, value: string] => {
  const at = entry.indexOf("=")
  return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)]
}

/** The config of a stage that starts from nothing. */
export const scratchConfig: ExecutionConfig = { Env: [defaultPath], WorkingDir: "/" }

/** The state before the first instruction after FROM. `declared`: arguments that the base stage has declared. */
export const start = (
  config: ExecutionConfig,
  author: string | undefined,
  platform: Platform,
  base: StageState | undefined
): StageState => {
  const given = config.Env ?? []
  const env = given.some((entry) => splitEntry(entry)[0] === "PATH") ? given : [...given, defaultPath]
  const { OnBuild: _, ...rest } = config
  const environment = new Map(base?.environment ?? [])
  if (base === undefined) for (const entry of env) environment.set(...splitEntry(entry))
  return {
    config: { ...rest, Env: env },
    author,
    platform,
    environment,
    declared: base?.declared ?? new Map(),
    fixed: new Set(env.map((entry) => splitEntry(entry)[0])),
    cmdSet: false
  }
}

/** The state after `NAME=value` of ENV. */
export const withEnv = (state: StageState, name: string, value: string): StageState => {
  const entries = state.config.Env ?? []
  const entry = `${name}=${value}`
  const at = entries.findIndex((known) => splitEntry(known)[0] === name)
  return {
    ...state,
    config: { ...state.config, Env: at < 0 ? [...entries, entry] : entries.with(at, entry) },
    environment: new Map(state.environment).set(name, value),
    fixed: new Set(state.fixed).add(name)
  }
}

/** The state after a declaration of ARG; without a value, an earlier one stays. */
export const withArg = (state: StageState, name: string, value: string | undefined): StageState => ({
  ...state,
  declared: new Map(state.declared).set(name, value ?? state.declared.get(name)),
  environment: value === undefined ? state.environment : new Map(state.environment).set(name, value)
})

/** The state with another config. */
export const withConfig = (state: StageState, change: Partial<ExecutionConfig>): StageState => ({
  ...state,
  config: { ...state.config, ...change }
})

/** The build arguments that commands see: declared ones with a value that no ENV hides. */
export const visibleArgs = (state: StageState): ReadonlyArray<readonly [name: string, value: string]> =>
  [...state.declared].flatMap(([name, value]) =>
    value === undefined || state.fixed.has(name)
      ? []
      : [[name, state.environment.get(name) ?? value] as const]
  )

/** What RUN starts shell-form commands with. */
export const shellOf = (config: ExecutionConfig): ReadonlyArray<string> =>
  config.Shell !== undefined && config.Shell !== null && config.Shell.length > 0
    ? config.Shell
    : ["/bin/sh", "-c"]
