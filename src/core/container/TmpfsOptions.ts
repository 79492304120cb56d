import * as Either from "effect/Either"
import * as ByteSize from "./ByteSize.js"
import { InvalidValue } from "./InvalidOption.js"
import type { MountFlag } from "./Mount.js"
import * as MountWord from "./MountWord.js"

/** A tmpfs's options split into mount flags and the file system's own text. */
export interface TmpfsOptions {
  readonly flags: ReadonlyArray<MountFlag>
  readonly data: string
}

/** Accepted without effect: they are the default, or this engine never mounts otherwise. */
const ignored = new Set(["defaults", "async", "rprivate", "private", "tmpcopyup", "notmpcopyup"])
const numbers = /^(?:nr_blocks|nr_inodes|uid|gid)=\d+[kmg]?$/i

const invalid = (message: string) => Either.left(new InvalidValue({ message }))

/**
 * Lays the words over Docker's default for a tmpfs (`noexec,nosuid,nodev`); a later word wins. Sizes become bytes (or
 * stay a percentage). Source: moby/sys, MergeTmpfsOptions; tmpfs(5).
 */
export const merge = (options: ReadonlyArray<string>): Either.Either<TmpfsOptions, InvalidValue> =>
  Either.gen(function* () {
    const flags = new Set<MountFlag>(["noexec", "nosuid", "nodev"])
    const data = new Map<string, string>()
    for (const option of options) {
      if (option === "" || ignored.has(option)) continue
      const word = MountWord.of(option)
      if (word !== undefined) {
        if (word.set) flags.add(word.flag)
        else flags.delete(word.flag)
        continue
      }
      const [key = "", value = ""] = option.split(/=(.*)/s)
      if (key === "size") data.set(key, /^\d+%$/.test(value) ? value : String(yield* ByteSize.parse(value)))
      else if (key === "mode" && /^[0-7]{1,5}$/.test(value)) data.set(key, value)
      else if (numbers.test(option)) data.set(key, value)
      else return yield* invalid(`invalid tmpfs option ${JSON.stringify(key)}`)
    }
    return { flags: [...flags], data: [...data].map(([key, value]) => `${key}=${value}`).join(",") }
  })
