import * as Either from "effect/Either"
import * as Platform from "../../oci/Platform.js"
import * as Reference from "../../oci/Reference.js"

/** Percent-encodes one component; a colon may stay. Source: the package-url specification, "Character encoding". */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%3A", ":")

export interface Purl {
  readonly type: string
  /** Its segments joined by slashes; empty where there is none. */
  readonly namespace: string
  readonly name: string
  readonly version: string
  readonly qualifiers: Readonly<Record<string, string>>
}

/** `pkg:deb/debian/base-files@12.4?arch=amd64`. Qualifiers are in order of their names; those without a value are left out. */
export const print = ({ type, namespace, name, version, qualifiers }: Purl): string => {
  const segments = namespace === "" ? [] : namespace.split("/").map(encode)
  const path = [...segments, encode(name)].join("/")
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`)
    .join("&")
  return `pkg:${type}/${path}${version === "" ? "" : `@${encode(version)}`}${query === "" ? "" : `?${query}`}`
}

/** An image as a package: `pkg:docker/library/x@1?platform=linux%2Famd64`. Source: BuildKit, util/purl/image.go. */
export const ofImage = (text: string, platform: Platform.Platform | undefined): string => {
  const reference = Either.getOrUndefined(Reference.parse(text))
  if (reference === undefined)
    return print({ type: "docker", namespace: "", name: text, version: "", qualifiers: {} })
  const familiar = Reference.familiarRepository(reference)
  const slash = familiar.lastIndexOf("/")
  const tagged = reference.digest === undefined ? Reference.withDefaultTag(reference) : reference
  return print({
    type: "docker",
    namespace: slash < 0 ? "" : familiar.slice(0, slash),
    name: familiar.slice(slash + 1),
    version: tagged.tag ?? "",
    qualifiers: {
      digest: reference.digest ?? "",
      platform: platform === undefined ? "" : Platform.print(Platform.normalise(platform))
    }
  })
}
