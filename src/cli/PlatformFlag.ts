import * as Either from "effect/Either"
import * as Platform from "../core/oci/Platform.js"
import { hostPlatform } from "../edge/host/HostPlatform.js"
import type { WantedPlatform } from "../engine/RemoteImage.js"

/** `--platform`, else `DOCKER_DEFAULT_PLATFORM`, else the machine's own. */
export const wanted = (
  flag: string | undefined
): Either.Either<WantedPlatform, { readonly message: string }> => {
  const host = hostPlatform()
  const text = flag ?? process.env["DOCKER_DEFAULT_PLATFORM"]
  return text === undefined || text === ""
    ? Either.right({ platform: host, isAsked: false })
    : Either.map(Platform.parse(text, host), (platform) => ({ platform, isAsked: true }))
}
