import * as Either from "effect/Either"
import * as Platform from "../oci/Platform.js"

/** Where an annotation goes: into a manifest or the index, or onto the descriptor that points to it. */
export type Place = "manifest" | "manifest-descriptor" | "index" | "index-descriptor"

/** One annotation of a result. `platform`: only the manifest for it; undefined: every manifest. */
export interface Annotation {
  readonly place: Place
  readonly platform: Platform.Platform | undefined
  readonly key: string
  readonly value: string
}

const places: ReadonlyArray<Place> = ["manifest", "manifest-descriptor", "index", "index-descriptor"]

const placeOf = (text: string): Place | undefined => places.find((place) => place === text)

const hostless: Platform.Platform = { os: "linux", architecture: "amd64" }

const platformOf = (text: string | undefined): Either.Either<Platform.Platform | undefined, string> =>
  text === undefined || text === ""
    ? Either.right(undefined)
    : Either.mapLeft(
        Platform.parse(text, hostless),
        (error) => `invalid platform "${text}": ${error.message}`
      )

const qualified = /^([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?$/

/**
 * Reads `--annotation`: `key=value`, or `TYPE[PLATFORM],…:key=value` with the types of {@link Place}. One text may say
 * several places. Source: buildx, util/buildflags/export.go.
 */
export const parse = (text: string): Either.Either<ReadonlyArray<Annotation>, string> => {
  const equals = text.indexOf("=")
  if (equals < 0) return Either.left(`invalid annotation ${JSON.stringify(text)}, expected key=value`)
  const name = text.slice(0, equals)
  const value = text.slice(equals + 1)
  const colon = name.indexOf(":")
  if (colon < 0) return Either.right([{ place: "manifest", platform: undefined, key: name, value }])
  const key = name.slice(colon + 1)
  return Either.all(
    name
      .slice(0, colon)
      .split(",")
      .map((one) => {
        const match = qualified.exec(one)
        if (match === null)
          return Either.left(
            `invalid annotation type ${JSON.stringify(one)}, expected type and optional platform in square brackets`
          )
        const place = placeOf(match[1] ?? "")
        if (place === undefined) return Either.left(`unknown annotation type ${JSON.stringify(match[1])}`)
        return Either.map(platformOf(match[2]), (platform) => ({ place, platform, key, value }))
      })
  )
}

const attribute = /^annotation(?:-([a-z-]+))?(?:\[([A-Za-z0-9_/-]+)\])?\.(\S+)$/

/** Reads an output's attribute `annotation[-TYPE][[PLATFORM]].KEY`; undefined where the name is another attribute's. */
export const ofAttribute = (name: string, value: string): Either.Either<Annotation, string> | undefined => {
  const match = attribute.exec(name)
  if (match === null) return undefined
  const place = match[1] === undefined ? "manifest" : placeOf(match[1])
  if (place === undefined) return Either.left(`unrecognized annotation type ${match[1]}`)
  return Either.map(platformOf(match[2]), (platform) => ({ place, platform, key: match[3] ?? "", value }))
}

/** What a place gets, for a manifest that of its platform: the special ones win over the general, the last of equals. */
export const at = (
  annotations: ReadonlyArray<Annotation>,
  place: Place,
  platform?: Platform.Platform
): Readonly<Record<string, string>> => {
  const own = annotations.filter((one) => one.place === place)
  const general = own.filter((one) => one.platform === undefined || place.startsWith("index"))
  const wanted = platform === undefined ? undefined : Platform.print(Platform.normalise(platform))
  const special = own.filter(
    (one) =>
      !place.startsWith("index") && one.platform !== undefined && Platform.print(one.platform) === wanted
  )
  return Object.fromEntries([...general, ...special].map(({ key, value }) => [key, value]))
}

/** A platform that an annotation names and the build does not make; undefined where there is none. */
export const stray = (
  annotations: ReadonlyArray<Annotation>,
  platforms: ReadonlyArray<Platform.Platform>
): Platform.Platform | undefined => {
  const made = new Set(platforms.map((platform) => Platform.print(Platform.normalise(platform))))
  return annotations.find((one) => one.platform !== undefined && !made.has(Platform.print(one.platform)))
    ?.platform
}
