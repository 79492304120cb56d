import * as Either from "effect/Either"
import * as Flags from "./Flags.js"
import { argument, type InvalidOption, setting } from "./InvalidOption.js"
import * as MountFlag from "./MountFlag.js"
import type { MountRequest } from "./MountRequest.js"
import * as Path from "./Path.js"
import * as VolumeFlag from "./VolumeFlag.js"

const mountFlag =
  (workingDirectory: string) =>
  (text: string): Either.Either<MountRequest, InvalidOption> =>
    Either.mapLeft(MountFlag.parse(text, workingDirectory), (fault) =>
      fault._tag === "InvalidValue" ? argument("--mount", text, fault.message) : fault
    )

/** `--tmpfs target[:options]`. */
const tmpfsFlag = (text: string): Either.Either<MountRequest, InvalidOption> => {
  const colon = text.indexOf(":")
  const target = colon < 0 ? text : text.slice(0, colon)
  if (Path.clean(target) === "/") {
    return Either.left(setting("--tmpfs", "invalid specification: destination can't be '/'"))
  }
  if (!Path.isAbsolute(target)) {
    return Either.left(setting("--tmpfs", `invalid mount path: '${target}' mount path must be absolute`))
  }
  const options = colon < 0 ? [] : text.slice(colon + 1).split(",")
  return Either.right({
    _tag: "Tmpfs",
    target: Path.clean(target),
    readonly: options.includes("ro"),
    options,
    flag: `--tmpfs ${text}`
  })
}

/** Where a flag's text shows something in the container; undefined for one that cannot be read. */
export const targetOf = (flag: "volume" | "mount" | "tmpfs", text: string): string | undefined => {
  const parsers = {
    volume: (one: string) => VolumeFlag.parse(one, "/"),
    mount: mountFlag("/"),
    tmpfs: tmpfsFlag
  }
  return Either.getOrUndefined(parsers[flag](text))?.target
}

/** What -v, --mount and --tmpfs ask for. Two of them for one target are an error, as in Docker. */
export const read = (
  flags: Flags.Flags,
  workingDirectory: string
): Either.Either<ReadonlyArray<MountRequest>, InvalidOption> =>
  Either.gen(function* () {
    const mounts = yield* Either.all(Flags.all(flags, "mount").map(mountFlag(workingDirectory)))
    const volumes = yield* Either.all(
      Flags.all(flags, "volume").map((text) => VolumeFlag.parse(text, workingDirectory))
    )
    const tmpfs = yield* Either.all(Flags.all(flags, "tmpfs").map(tmpfsFlag))
    const requests = [...volumes, ...mounts, ...tmpfs]
    const targets = new Set<string>()
    for (const request of requests) {
      if (targets.has(request.target)) {
        return yield* Either.left(setting("", `Duplicate mount point: ${request.target}`))
      }
      targets.add(request.target)
    }
    return requests
  })
