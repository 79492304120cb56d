import * as Either from "effect/Either"
import type { SeccompFilter } from "../ContainerProcess.js"
import * as Reason from "../Reason.js"
import * as Bpf from "../seccomp/Bpf.js"
import * as CompileFilter from "../seccomp/CompileFilter.js"
import * as Profile from "../seccomp/Profile.js"
import * as ProfileJson from "../seccomp/ProfileJson.js"
import { type InvalidBundle, invalid, unsupported } from "./InvalidBundle.js"

/** What a filter is compiled for. */
export interface FilterTarget {
  readonly architecture: "amd64" | "arm64"
  readonly kernel: readonly [major: number, minor: number]
}

const member = "linux.seccomp"

/** The filter of a bundle, compiled. A bundle's profile is Docker's form without conditions on capabilities or kernels. */
export const compile = (
  seccomp: unknown,
  { architecture, kernel }: FilterTarget
): Either.Either<SeccompFilter, InvalidBundle> =>
  Either.gen(function* () {
    const text = JSON.stringify(seccomp)
    if (text.includes('"SCMP_ACT_NOTIFY"'))
      return yield* Either.left(unsupported(member, "handing system calls to a listener (SCMP_ACT_NOTIFY)"))
    const profile = yield* Either.mapLeft(ProfileJson.decode(seccomp), (fault) =>
      invalid(member, fault.message)
    )
    const policy = Profile.select(profile, { architecture, capabilities: [], kernel })
    const program = yield* Either.mapLeft(CompileFilter.compile(policy), () =>
      invalid(member, `it needs more than ${Bpf.maximumInstructions} instructions: give it fewer rules`)
    )
    return filter(Bpf.encode(program), text, profile.flags, kernel)
  })

const filter = (
  program: Uint8Array,
  profileText: string,
  flags: number,
  kernel: FilterTarget["kernel"]
): SeccompFilter => ({
  program,
  source: { profileText, kernel },
  flags,
  reason: Reason.flag(`${member} of the bundle`)
})

const header_bytes = 4

/** A compiled filter as it is cached: its flags (u32, little-endian), then its program. */
export const encode = ({ flags, program }: SeccompFilter): Uint8Array => {
  const bytes = new Uint8Array(header_bytes + program.length)
  new DataView(bytes.buffer).setUint32(0, flags, true)
  bytes.set(program, header_bytes)
  return bytes
}

/** A filter that was compiled before from the same profile; undefined when the bytes are none. */
export const restore = (
  bytes: Uint8Array,
  profileText: string,
  { kernel }: FilterTarget
): SeccompFilter | undefined => {
  const length = bytes.length - header_bytes
  if (length < 8 || length % 8 !== 0) return undefined
  const flags = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  return filter(bytes.slice(header_bytes), profileText, flags, kernel)
}
