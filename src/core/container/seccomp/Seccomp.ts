import * as Either from "effect/Either"
import * as Capability from "../Capability.js"
import type { ContainerOptions } from "../ContainerOptions.js"
import type { SeccompFilter } from "../ContainerProcess.js"
import type { Host } from "../HostFacts.js"
import { type InvalidOption, setting } from "../InvalidOption.js"
import * as Reason from "../Reason.js"
import * as Bpf from "./Bpf.js"
import * as CompileFilter from "./CompileFilter.js"
import * as DefaultFilter from "./DefaultFilter.js"
import * as DockerProfile from "./DockerProfile.js"
import * as Profile from "./Profile.js"
import * as ProfileJson from "./ProfileJson.js"

const refuse = (message: string) => setting("--security-opt", message)

interface Filter {
  readonly program: Uint8Array
  readonly flags: number
}

/** True when {@link DefaultFilter} is what compiling Docker's profile would give: its kernel rule is about 4.8. */
const isUsual = (facts: Profile.ProfileFacts): boolean =>
  (facts.kernel[0] > 4 || (facts.kernel[0] === 4 && facts.kernel[1] >= 8)) &&
  Capability.mask(facts.capabilities) === Capability.mask(Capability.dockerDefault)

const compiled = (
  profile: Profile.Profile,
  facts: Profile.ProfileFacts
): Either.Either<Filter, InvalidOption> =>
  Either.mapBoth(CompileFilter.compile(Profile.select(profile, facts)), {
    onLeft: () =>
      refuse(
        `the seccomp profile needs more than ${Bpf.maximumInstructions} instructions: give it fewer rules`
      ),
    onRight: (instructions) => ({ program: Bpf.encode(instructions), flags: profile.flags })
  })

const filterOf = (
  options: ContainerOptions,
  facts: Profile.ProfileFacts
): Either.Either<Filter | undefined, InvalidOption> => {
  const { seccomp } = options.security
  switch (seccomp._tag) {
    case "Unconfined":
      return Either.right(undefined)
    case "Default":
      // --privileged means no filter unless one was asked for.
      if (options.privileged) return Either.right(undefined)
      return isUsual(facts)
        ? Either.right({ program: DefaultFilter.program(facts.architecture), flags: DefaultFilter.flags })
        : compiled(DockerProfile.profile(), facts)
    case "Profile":
      return Either.flatMap(
        Either.mapLeft(ProfileJson.read(seccomp.text), (fault) => refuse(fault.message)),
        (profile) => compiled(profile, facts)
      )
  }
}

/** The filter of a container's process, or undefined when it runs without one. */
export const resolve = (
  options: ContainerOptions,
  capabilities: ReadonlyArray<Capability.Capability>,
  host: Host
): Either.Either<SeccompFilter | undefined, InvalidOption> =>
  Either.gen(function* () {
    const { architecture, kernel } = host
    const { seccomp } = options.security
    const filter = yield* filterOf(options, { architecture, capabilities, kernel })
    if (filter === undefined) return undefined
    return {
      ...filter,
      source: { profileText: seccomp._tag === "Profile" ? seccomp.text : undefined, kernel },
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
  capabilities: ReadonlyArray<Capability.Capability>
): Profile.Policy | undefined => {
  const profile =
    source.profileText === undefined
      ? DockerProfile.profile()
      : Either.getOrUndefined(ProfileJson.read(source.profileText))
  return profile === undefined
    ? undefined
    : Profile.select(profile, { architecture, capabilities, kernel: source.kernel })
}
