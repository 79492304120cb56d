import * as Either from "effect/Either"
import type { ResourceLimitName } from "./ContainerProcess.js"
import { InvalidValue } from "./InvalidOption.js"

/** The RLIMIT_* numbers of the kernel for x86-64 and arm64. Source: include/uapi/asm-generic/resource.h. */
export const numbers: Readonly<Record<Exclude<ResourceLimitName, "as">, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15
}

/** `--ulimit`; -1 is unlimited. */
export interface Ulimit {
  readonly name: ResourceLimitName
  readonly soft: number
  readonly hard: number
}

const invalid = (message: string) => Either.left(new InvalidValue({ message }))

const isName = (name: string): name is ResourceLimitName => Object.hasOwn(numbers, name)

const integer = (text: string): Either.Either<number, InvalidValue> =>
  /^[+-]?\d+$/.test(text)
    ? Either.right(Number(text))
    : invalid(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)

/** Reads `name=soft[:hard]`. Source: docker/go-units, ParseUlimit. */
export const parse = (text: string): Either.Either<Ulimit, InvalidValue> =>
  Either.gen(function* () {
    const equals = text.indexOf("=")
    // Docker's own message shows the empty value here, not the text.
    if (equals < 0) return yield* invalid("invalid ulimit argument: ")
    const name = text.slice(0, equals)
    if (!isName(name)) return yield* invalid(`invalid ulimit type: ${name}`)
    const value = text.slice(equals + 1)
    const colon = value.indexOf(":")
    const hardText = colon < 0 ? value : value.slice(colon + 1)
    const hard = yield* integer(hardText)
    const soft = colon < 0 ? hard : yield* integer(value.slice(0, colon))
    const tooLarge = "ulimit soft limit must be less than or equal to hard limit: "
    if (hard !== -1 && soft === -1) return yield* invalid(`${tooLarge}soft: -1 (unlimited), hard: ${hard}`)
    if (hard !== -1 && soft > hard) return yield* invalid(`${tooLarge}${soft} > ${hard}`)
    return { name, soft, hard }
  })
