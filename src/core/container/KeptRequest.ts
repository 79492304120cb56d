import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { ContainerOptions } from "./ContainerOptions.js"
import type { Flags } from "./Flags.js"
import type { InvalidOption } from "./InvalidOption.js"
import * as ReadOptions from "./ReadOptions.js"

const Texts = Schema.Record({ key: Schema.String, value: Schema.String })

/** A volume of a container: the one that a flag named, or one made for it alone. */
export const KeptVolume = Schema.Struct({
  name: Schema.String,
  anonymous: Schema.Boolean,
  /** Fill it, while it is empty, with what the image has at the target. */
  copyUp: Schema.Boolean
})
export type KeptVolume = typeof KeptVolume.Type

/**
 * What a container was asked to be, as it is kept beside it: the flags as they were given, but for what depended on the
 * caller (variables, files), which is written out. Reading it again gives the same options, so a container starts the same
 * at any later time, and `recipe` can print the command that made it.
 */
export const KeptRequest = Schema.Struct({
  flags: Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) }),
  command: Schema.Array(Schema.String),
  workingDirectory: Schema.String,
  /** The texts of files that flags name (seccomp profiles), by path as written. */
  files: Texts,
  /** By target. */
  volumes: Schema.Record({ key: Schema.String, value: KeptVolume })
})
export type KeptRequest = typeof KeptRequest.Type

/** What to keep of a request that was read as `options`. */
export const keep = (
  flags: Flags,
  caller: ReadOptions.Caller,
  options: ContainerOptions,
  volumes: Readonly<Record<string, KeptVolume>>
): KeptRequest => {
  const { "env-file": _env, "label-file": _label, name: _name, cidfile: _cidfile, ...rest } = flags
  const labels = Object.entries(options.labels).map(([name, value]) => `${name}=${value}`)
  return {
    flags: {
      ...rest,
      ...(options.env.length > 0 ? { env: options.env } : {}),
      ...(labels.length > 0 ? { label: labels } : {})
    },
    command: options.command,
    workingDirectory: caller.workingDirectory,
    files: caller.files,
    volumes
  }
}

/** The options of a kept request. */
export const options = (kept: KeptRequest): Either.Either<ContainerOptions, InvalidOption> =>
  ReadOptions.read(kept.flags, kept.command, {
    environment: {},
    workingDirectory: kept.workingDirectory,
    files: kept.files
  })
