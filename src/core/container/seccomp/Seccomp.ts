import * as Either from "effect/Either"
import type { Capability } from "../Capability.js"
import type { ContainerOptions } from "../ContainerOptions.js"
import type { SeccompFilter } from "../ContainerProcess.js"
import type { Host } from "../HostFacts.js"
import { type InvalidOption, setting } from "../InvalidOption.js"
import * as Reason from "../Reason.js"
import * as Bpf from "./Bpf.js"
import * as CompileFilter from "./CompileFilter.js"
import * as DockerProfile from "./DockerProfile.js"
import * as Profile from "./Profile.js"
import * as ProfileJson from "./ProfileJson.js"

const refuse = (message: string) => setting("--security-opt", message)

const profileOf = (options: ContainerOptions): Either.Either<Profile.Profile | undefined, InvalidOption> => {
  const { seccomp } = options.security
  switch (seccomp._tag) {
    case "Unconfined":
      return Either.right(undefined)
    case "Default":
      // --privileged means no filter unless one was asked for.
      return Either.right(options.privileged ? undefined : DockerProfile.profile)
    case "Profile":
      return Either.mapLeft(ProfileJson.read(seccomp.text), (fault) => refuse(fault.message))
  }
}

/** The filter of a container's process, or undefined when it runs without one. */
export const resolve = (
  options: ContainerOptions,
  capabilities: ReadonlyArray<Capability>,
  host: Host
): Either.Either<SeccompFilter | undefined, InvalidOption> =>
  Either.gen(function* () {
    const profile = yield* profileOf(options)
    if (profile === undefined) return undefined
    const policy = Profile.select(profile, {
      architecture: host.architecture,
      capabilities,
      kernel: host.kernel
    })
    const program = yield* Either.mapLeft(CompileFilter.compile(policy), () =>
      refuse(
        `the seccomp profile needs more than ${Bpf.maximumInstructions} instructions: give it fewer rules`
      )
    )
    const { seccomp } = options.security
    return {
      program: Bpf.encode(program),
      source: {
        profileText: options.security.seccomp._tag === "Profile" ? options.security.seccomp.text : undefined,
        kernel: host.kernel
      },
      flags: policy.flags,
      reason:
        seccomp._tag === "Profile"
          ? Reason.flag(`--security-opt seccomp=${seccomp.path}`)
          : Reason.policy("Docker's default filter")
    }
  })

/** The rules behind a filter that {@link resolve} made; undefined when its text is no profile (then it made none). */
export const policyOf = (
  { source }: SeccompFilter,
  architecture: Host["architecture"],
  capabilities: ReadonlyArray<Capability>
): Profile.Policy | undefined => {
  const profile =
    source.profileText === undefined
      ? DockerProfile.profile
      : Either.getOrUndefined(ProfileJson.read(source.profileText))
  return profile === undefined
    ? undefined
    : Profile.select(profile, { architecture, capabilities, kernel: source.kernel })
}
