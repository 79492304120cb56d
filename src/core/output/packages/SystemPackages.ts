import type { Package } from "./Package.js"

/** The fields of one stanza; a line that begins with a blank goes on with the field before. */
const fieldsOf = (stanza: string, separator: RegExp): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  for (const line of stanza.split("\n")) {
    const match = separator.exec(line)
    if (match !== null) fields.set(match[1] ?? "", (match[2] ?? "").trim())
  }
  return fields
}

const stanzasOf = (text: string): ReadonlyArray<string> =>
  text
    .replaceAll("\r\n", "\n")
    .split(/\n\n+/)
    .filter((stanza) => stanza.trim() !== "")

const dpkgField = /^([A-Za-z][A-Za-z0-9-]*):(.*)$/

/** What dpkg has installed. `path`: the file, or one of a directory that holds a stanza each. Source: dpkg(1), deb-control(5). */
export const dpkg = (text: string, path: string): ReadonlyArray<Package> =>
  stanzasOf(text).flatMap((stanza) => {
    const fields = fieldsOf(stanza, dpkgField)
    const name = fields.get("Package") ?? ""
    const version = fields.get("Version") ?? ""
    const status = fields.get("Status")
    if (name === "" || version === "" || (status !== undefined && !status.endsWith(" installed"))) return []
    return [
      {
        type: "deb",
        name,
        version,
        architecture: fields.get("Architecture") ?? "",
        license: "",
        supplier: fields.get("Maintainer") ?? "",
        source: (fields.get("Source") ?? "").replace(/ .*/, ""),
        foundIn: path
      } satisfies Package
    ]
  })

const apkField = /^([A-Za-z]):(.*)$/

/** What apk has installed. Source: the Alpine package keeper's `lib/apk/db/installed`. */
export const apk = (text: string, path: string): ReadonlyArray<Package> =>
  stanzasOf(text).flatMap((stanza) => {
    const fields = new Map<string, string>()
    for (const line of stanza.split("\n")) {
      const match = apkField.exec(line)
      // Files of the package follow its fields, with letters of their own that come again.
      if (match !== null && !fields.has(match[1] ?? "")) fields.set(match[1] ?? "", (match[2] ?? "").trim())
    }
    const name = fields.get("P") ?? ""
    const version = fields.get("V") ?? ""
    if (name === "" || version === "") return []
    return [
      {
        type: "apk",
        name,
        version,
        architecture: fields.get("A") ?? "",
        license: fields.get("L") ?? "",
        supplier: fields.get("m") ?? "",
        source: fields.get("o") ?? "",
        foundIn: path
      } satisfies Package
    ]
  })
