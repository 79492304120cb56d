import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Package } from "./Package.js"

const NpmPackage = Schema.parseJson(
  Schema.Struct({
    name: Schema.String,
    version: Schema.String,
    license: Schema.optional(Schema.Unknown),
    author: Schema.optional(Schema.Unknown)
  })
)
const decodeNpm = Schema.decodeUnknownEither(NpmPackage)

const nameIn = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null) return ""
  if ("type" in value && typeof value.type === "string") return value.type
  return "name" in value && typeof value.name === "string" ? value.name : ""
}

/** A `package.json` below a `node_modules`; nothing for one that names no package. Source: npm, package.json(5). */
export const npm = (text: string, path: string): ReadonlyArray<Package> =>
  Either.match(decodeNpm(text), {
    onLeft: () => [],
    onRight: ({ name, version, license, author }): ReadonlyArray<Package> =>
      name === "" || version === ""
        ? []
        : [
            {
              type: "npm",
              name,
              version,
              architecture: "",
              license: nameIn(license),
              supplier: nameIn(author),
              source: "",
              foundIn: path
            }
          ]
  })

/** The METADATA of a `dist-info` (or PKG-INFO of an `egg-info`). Source: Python's core metadata specification. */
export const python = (text: string, path: string): ReadonlyArray<Package> => {
  const head = text.replaceAll("\r\n", "\n").split("\n\n", 1)[0] ?? ""
  const field = (name: string): string =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(head)?.[1]?.trim() ?? ""
  const name = field("Name")
  const version = field("Version")
  if (name === "" || version === "") return []
  const license = field("License-Expression") || field("License")
  return [
    {
      type: "pypi",
      name,
      version,
      architecture: "",
      license: license === "UNKNOWN" ? "" : license,
      supplier: field("Author"),
      source: "",
      foundIn: path
    }
  ]
}
