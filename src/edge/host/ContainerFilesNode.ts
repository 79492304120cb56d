import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import { ContainerFiles, ContainerFilesError } from "./ContainerFiles.js"
import * as LayeredTree from "./LayeredTree.js"

const attempt = <A>(what: string, work: () => A): Effect.Effect<A, ContainerFilesError> =>
  Effect.try({
    try: work,
    catch: (cause) =>
      new ContainerFilesError({
        message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  })

/** Written beside and renamed, so that nobody ever reads half of it. */
const replace = (path: string, text: string): void => {
  fs.writeFileSync(`${path}.new`, text, { mode: 0o600 })
  fs.renameSync(`${path}.new`, path)
}

const specPath = (dir: string): string => `${dir}/spec.json`

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

const readSpec = (dir: string): ContainerSpec => {
  const value: unknown = JSON.parse(fs.readFileSync(specPath(dir), "utf8"), fromJson)
  if (!isSpec(value)) throw new Error(`${specPath(dir)} is no container specification`)
  return value
}

/** Bound over a file of the container, so changed in place: a new file would not be the one that is shown. */
const overwrite = (path: string, text: string): void => {
  fs.writeFileSync(path, text, { mode: 0o644 })
  fs.chmodSync(path, 0o644)
}

/** On this host's file system. */
export const service: ContainerFiles["Type"] = ContainerFiles.of({
  writeNetwork: (paths, files) =>
    attempt("cannot write the container's network files", () => {
      overwrite(paths.hosts, files.hosts)
      overwrite(paths.hostname, files.hostname)
      overwrite(paths.resolvConf, files.resolvConf)
    }),
  appendHosts: (paths, lines) =>
    attempt("cannot write the container's hosts", () => fs.appendFileSync(paths.hosts, lines)),
  accounts: (layers, mostBytes) =>
    attempt("cannot read the image's accounts", () => ({
      passwd: LayeredTree.readText(layers, "/etc/passwd", mostBytes),
      group: LayeredTree.readText(layers, "/etc/group", mostBytes)
    })),
  keepSpec: (paths, spec) =>
    attempt("cannot keep the container's specification", () =>
      replace(specPath(paths.dir), JSON.stringify(spec, toJson))
    ),
  spec: (paths) => attempt("the container's specification cannot be read", () => readSpec(paths.dir)),
  clearExit: (paths) =>
    attempt("cannot prepare the container's state", () => fs.rmSync(paths.exit, { force: true })),
  isEmpty: (directory) => attempt("cannot read the volume", () => fs.readdirSync(directory).length === 0),
  directoryWithin: (directory, path) =>
    attempt(`cannot look up ${path} in the volume`, () => {
      const found = LayeredTree.find([directory], path)
      return found?.kind === "directory" ? found.places[0] : undefined
    }),
  copyUp: (layers, target, directory) =>
    Effect.flatMap(
      Effect.promise(() => import("./TreeCopy.js")),
      (TreeCopy) =>
        attempt(`cannot copy ${target} of the image to the volume`, () => {
          const found = LayeredTree.find(layers, target)
          if (found?.kind === "directory") TreeCopy.copy(found.places, directory)
        })
    )
})
