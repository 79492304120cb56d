import * as Either from "effect/Either"
import { type InvalidOption, option, setting } from "./InvalidOption.js"

/** When a stopped container starts again. */
export interface RestartPolicy {
  readonly name: "no" | "always" | "on-failure" | "unless-stopped"
  /** Only for `on-failure`; 0 is without a limit. */
  readonly maximumRetries: number
}

const names = ["no", "always", "on-failure", "unless-stopped"] as const
const isName = (name: string): name is RestartPolicy["name"] => names.some((known) => known === name)

/** Reads `--restart`, e.g. `on-failure:3`. Source: docker/cli, ParseRestartPolicy; moby, ValidateRestartPolicy. */
export const parse = (text: string): Either.Either<RestartPolicy, InvalidOption> => {
  if (text === "") return Either.right({ name: "no", maximumRetries: 0 })
  const [name = "", count] = text.split(/:(.*)/s)
  const format = "invalid restart policy format: "
  if (count !== undefined && name === "") {
    return Either.left(option("--restart", `${format}no policy provided before colon`))
  }
  if (count !== undefined && count !== "" && !/^[+-]?\d+$/.test(count)) {
    return Either.left(option("--restart", `${format}maximum retry count must be an integer`))
  }
  const maximumRetries = Number(count ?? 0)
  const invalid = (message: string) => Either.left(setting("--restart", `invalid restart policy: ${message}`))
  if (!isName(name)) {
    return invalid(`unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`)
  }
  if (name !== "on-failure" && maximumRetries !== 0) {
    return invalid(
      `maximum retry count can only be used with 'on-failure'${maximumRetries < 0 ? " and cannot be negative" : ""}`
    )
  }
  if (maximumRetries < 0) return invalid("maximum retry count cannot be negative")
  return Either.right({ name, maximumRetries })
}
