import * as Either from "effect/Either"
import * as Platform from "../core/oci/Platform.js"
import { hostPlatform } from "../edge/host/HostPlatform.js"
import type { WantedPlatform } from "../engine/RemoteImage.js"

/** `--platform` where it says which of several to take; the machine's own where none is asked for. */
export const only = (
  flag: string | undefined
): Either.Either<WantedPlatform, { readonly message: string }> => {
  const host = hostPlatform()
  return flag === undefined || flag === ""
    ? Either.right({ platform: host, isAsked: false })
    : Either.map(Platform.parse(flag, host), (platform) => ({ platform, isAsked: true }))
}

/** `--platform`, else `DOCKER_DEFAULT_PLATFORM`, else the machine's own. */
export const wanted = (
  flag: string | undefined
): Either.Either<WantedPlatform, { readonly message: string }> =>
  only(flag ?? process.env["DOCKER_DEFAULT_PLATFORM"])
