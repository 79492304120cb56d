import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { ContainerOptions } from "./ContainerOptions.js"
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

const FlagTexts = Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) })

/**
 * What a container was asked to be, as it is kept beside it: the flags as they were given, but for what depended on the
 * caller (variables, files, relative paths), which is written out. Reading it again gives the same options, so a container
 * starts the same at any later time, and `recipe` can print the command that made it.
 */
export const KeptRequest = Schema.Struct({
  flags: FlagTexts,
  command: Schema.Array(Schema.String),
  /** The texts of files that flags name (seccomp profiles), by absolute path. */
  files: Texts,
  /** By target. */
  volumes: Schema.Record({ key: Schema.String, value: KeptVolume }),
  /** The command that asked for it, and its flags about the making (`--detach`, `--platform`) rather than the container. */
  made: Schema.optional(Schema.Struct({ by: Schema.Literal("run", "create"), flags: FlagTexts }))
})
export type KeptRequest = typeof KeptRequest.Type

/** How a container came to be. */
export type Made = NonNullable<KeptRequest["made"]>

/** The options of a kept request. */
export const options = ({
  flags,
  command,
  files,
  made
}: Pick<KeptRequest, "flags" | "command" | "files" | "made">): Either.Either<
  ContainerOptions,
  InvalidOption
> =>
  ReadOptions.read({ ...made?.flags, ...flags }, command, { environment: {}, workingDirectory: "/", files })
