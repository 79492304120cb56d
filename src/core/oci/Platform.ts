import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/** What an image runs on. Names are Go's `GOOS` and `GOARCH`. Source: OCI image-spec, image-index.md. */
export const Platform = Schema.Struct({
  architecture: Schema.String,
  os: Schema.String,
  variant: Schema.optional(Schema.String),
  "os.version": Schema.optional(Schema.String),
  "os.features": Schema.optional(Schema.Array(Schema.String))
})
export type Platform = typeof Platform.Type

/** A text that names no platform. */
export class PlatformError extends Data.TaggedError("PlatformError")<{
  readonly input: string
  readonly message: string
}> {}

const knownOs: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " "
  )
)
const knownArchitectures: ReadonlySet<string> = new Set(
  "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mips64 mips64le mips64p32 mips64p32le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split(
    " "
  )
)
const component = /^[A-Za-z0-9_.-]+$/

/** The canonical name of an architecture and its variant: `aarch64` is `arm64`, `armhf` is `arm` `v7`. */
const normaliseArchitecture = (
  architecture: string,
  variant: string
): { readonly architecture: string; readonly variant: string } => {
  switch (architecture) {
    case "i386":
      return { architecture: "386", variant: "" }
    case "x86_64":
    case "x86-64":
    case "amd64":
      return { architecture: "amd64", variant: variant === "v1" ? "" : variant }
    case "aarch64":
    case "arm64":
      return {
        architecture: "arm64",
        variant: variant === "8" || variant === "v8" || variant === "v8.0" ? "" : variant
      }
    case "armhf":
      return { architecture: "arm", variant: "v7" }
    case "armel":
      return { architecture: "arm", variant: "v6" }
    case "arm":
      return { architecture, variant: variant === "" ? "v7" : /^\d/.test(variant) ? `v${variant}` : variant }
    default:
      return { architecture, variant }
  }
}

/**
 * The one spelling of a platform that has several: lower case, Go's names, no variant where it is the default one
 * (`arm64`'s v8, `amd64`'s v1), `v7` for a bare `arm`. Idempotent.
 */
export const normalise = (platform: Platform): Platform => {
  const { variant: _, ...rest } = platform
  const os = platform.os.toLowerCase()
  const { architecture, variant } = normaliseArchitecture(
    platform.architecture.toLowerCase(),
    (platform.variant ?? "").toLowerCase()
  )
  return { ...rest, os: os === "macos" ? "darwin" : os, architecture, ...(variant === "" ? {} : { variant }) }
}

/**
 * Reads `os/arch`, `os/arch/variant`, or one of the two alone, the other then from `host`: `linux/arm64/v8`, `arm`,
 * `linux`. The result is normalised. The error is containerd's text.
 */
export const parse = (input: string, host: Platform): Either.Either<Platform, PlatformError> => {
  const invalid = (why: string) =>
    Either.left(new PlatformError({ input, message: `"${input}": ${why}: invalid argument` }))
  const parts = input.split("/")
  if (parts.length > 3) return invalid("cannot parse platform specifier")
  const wrong = parts.find((part) => !component.test(part))
  if (wrong !== undefined) return invalid(`"${wrong}" is an invalid component`)
  const [first = "", second, third] = parts
  if (second === undefined) {
    const variant = host.variant === undefined ? {} : { variant: host.variant }
    if (knownOs.has(first.toLowerCase()) || first.toLowerCase() === "macos")
      return Either.right(normalise({ os: first, architecture: host.architecture, ...variant }))
    const found = normalise({ os: host.os, architecture: first })
    return knownArchitectures.has(found.architecture)
      ? Either.right(found)
      : invalid("unknown operating system or architecture")
  }
  return Either.right(
    normalise({ os: first, architecture: second, ...(third === undefined ? {} : { variant: third }) })
  )
}

/** `linux/amd64`, `linux/arm/v7`. */
export const print = (platform: Platform): string =>
  [platform.os, platform.architecture, platform.variant ?? ""].filter((part) => part !== "").join("/")
