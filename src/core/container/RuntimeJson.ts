/** A value of a runtime specification: JSON, with whole numbers of any size as bigint. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | ReadonlyArray<Json>
  | { readonly [member: string]: Json | undefined }

/** The JSON text, absent members left out and big numbers written in full. */
export const toText = (json: Json): string => {
  if (typeof json === "bigint") return json.toString()
  if (typeof json !== "object") return JSON.stringify(json)
  if (Array.isArray(json)) return `[${json.map(toText).join(",")}]`
  const members = Object.entries(json).flatMap(([name, value]: readonly [string, Json | undefined]) =>
    value === undefined ? [] : [`${JSON.stringify(name)}:${toText(value)}`]
  )
  return `{${members.join(",")}}`
}
