import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Emulation from "../../core/container/Emulation.js"
import * as Platform from "../../core/oci/Platform.js"
import { hostPlatform } from "../host/HostPlatform.js"
import * as BuildError from "./BuildError.js"

const directory = "/proc/sys/fs/binfmt_misc"

/** What the handlers of binfmt_misc say; nothing where it is not mounted or switched off. */
const handlers = (): ReadonlyArray<string> => {
  try {
    const names = fs.readdirSync(directory).filter((name) => name !== "register" && name !== "status")
    if (names.length === 0 || fs.readFileSync(`${directory}/status`, "utf8").trim() !== "enabled") return []
    return names.map((name) => fs.readFileSync(`${directory}/${name}`, "utf8"))
  } catch {
    return []
  }
}

/** Fails where this host cannot run commands of a platform. */
export const check = (platform: Platform.Platform): Effect.Effect<void, BuildError.BuildError> =>
  Effect.suspend(() => {
    const found = Emulation.of(hostPlatform(), platform, handlers())
    const what = `cannot run commands of ${Platform.print(platform)} on ${Platform.print(hostPlatform())}`
    if (found === "impossible")
      return BuildError.make(
        "unsupported",
        `${what}: no handler of binfmt_misc is registered for them; install qemu-user-static, or leave RUN out of what is built for this platform (FROM --platform=$BUILDPLATFORM)`
      )
    if (found === "unfixed")
      return BuildError.make(
        "unsupported",
        `${what}: their handler of binfmt_misc has no flag F, so that its program would have to be in the image; register it with F`
      )
    return Effect.void
  })
