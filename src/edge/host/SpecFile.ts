import * as fs from "node:fs"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"

/** Written beside and renamed, so that nobody ever reads half of it. */
export const replace = (path: string, text: string): void => {
  fs.writeFileSync(`${path}.new`, text, { mode: 0o600 })
  fs.renameSync(`${path}.new`, path)
}

/** Bytes (a seccomp filter) have no form of their own in JSON. */
const toJson = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString("base64") } : value

const fromJson = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "$bytes" in value && typeof value.$bytes === "string"
    ? Uint8Array.from(Buffer.from(value.$bytes, "base64"))
    : value

/** JSON has no `undefined`: members that are absent read as such, which is what they were. */
const isSpec = (value: unknown): value is ContainerSpec =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  ["root", "process", "namespaces", "mounts", "cgroup"].every((member) => member in value)

/** Keeps a specification for those who act on the container later. */
export const write = (path: string, spec: ContainerSpec): void => replace(path, JSON.stringify(spec, toJson))

/** Reads what {@link write} kept; throws when it is not there or is something else. */
export const read = (path: string): ContainerSpec => {
  const value: unknown = JSON.parse(fs.readFileSync(path, "utf8"), fromJson)
  if (!isSpec(value)) throw new Error(`${path} is no container specification`)
  return value
}
