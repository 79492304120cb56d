import * as Either from "effect/Either"
import { type InvalidOption, option, setting } from "./InvalidOption.js"

/** Whose namespace a container uses: one of its own, the host's, or that of another container (by name or id). */
export type NamespaceMode =
  | { readonly _tag: "Private" }
  | { readonly _tag: "Host" }
  | { readonly _tag: "Container"; readonly container: string }

/** --ipc adds: own, and others may join (the default); own, without a /dev/shm. */
export type IpcMode = NamespaceMode | { readonly _tag: "Shareable" } | { readonly _tag: "None" }

/** --network: also the default network, none at all, or a network by name. */
export type NetworkMode =
  | { readonly _tag: "Default" }
  | { readonly _tag: "Host" }
  | { readonly _tag: "None" }
  | { readonly _tag: "Container"; readonly container: string }
  | { readonly _tag: "Named"; readonly name: string }

const container = (text: string): string | undefined =>
  text.startsWith("container:") && text.length > "container:".length
    ? text.slice("container:".length)
    : undefined

/** Reads --pid. */
export const parsePid = (text: string): Either.Either<NamespaceMode, InvalidOption> => {
  if (text === "" || text === "private") return Either.right({ _tag: "Private" })
  if (text === "host") return Either.right({ _tag: "Host" })
  const other = container(text)
  return other === undefined
    ? Either.left(option("--pid", "--pid: invalid PID mode"))
    : Either.right({ _tag: "Container", container: other })
}

const hostOrPrivate =
  (flag: string, kind: string) =>
  (text: string): Either.Either<NamespaceMode, InvalidOption> =>
    text === "" || text === "private"
      ? Either.right({ _tag: "Private" })
      : text === "host"
        ? Either.right({ _tag: "Host" })
        : Either.left(option(flag, `${flag}: invalid ${kind} mode`))

/** Reads --uts. */
export const parseUts = hostOrPrivate("--uts", "UTS")

/** Modes of other engines: what they need is a root file system whose files belong to other ids for each container. */
const foreignUserModes = /^(?:keep-id|auto|nomap|ns|container)(?::|$)/

/** Reads --userns. */
export const parseUser = (text: string): Either.Either<NamespaceMode, InvalidOption> => {
  if (text === "") return Either.right({ _tag: "Private" })
  if (text === "host") return Either.right({ _tag: "Host" })
  return Either.left(
    option(
      "--userns",
      foreignUserModes.test(text)
        ? `--userns ${text} is not supported: the image's files keep one set of owners; use --user for the process's own ids`
        : "--userns: invalid USER mode"
    )
  )
}

/** Reads --cgroupns; undefined when the flag is absent, so that the engine's default applies. */
export const parseCgroup = hostOrPrivate("--cgroupns", "CGROUP")

/** Reads --ipc. */
export const parseIpc = (text: string): Either.Either<IpcMode, InvalidOption> => {
  switch (text) {
    case "":
    case "private":
      return Either.right({ _tag: "Private" })
    case "shareable":
      return Either.right({ _tag: "Shareable" })
    case "host":
      return Either.right({ _tag: "Host" })
    case "none":
      return Either.right({ _tag: "None" })
    default: {
      const other = container(text)
      return other === undefined
        ? Either.left(setting("--ipc", `invalid IPC mode: ${text}`))
        : Either.right({ _tag: "Container", container: other })
    }
  }
}

/** Reads the name in --network. */
export const parseNetwork = (name: string): Either.Either<NetworkMode, InvalidOption> => {
  switch (name) {
    case "default":
      return Either.right({ _tag: "Default" })
    case "host":
      return Either.right({ _tag: "Host" })
    case "none":
      return Either.right({ _tag: "None" })
    default: {
      const other = container(name)
      if (name === "container:" || name === "container") {
        return Either.left(
          setting("--network", "Invalid network mode: invalid container format container:<name|id>")
        )
      }
      return Either.right(
        other === undefined ? { _tag: "Named", name } : { _tag: "Container", container: other }
      )
    }
  }
}
