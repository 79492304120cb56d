import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { OciRecord } from "../../core/container/bundle/OciRecord.js"
import * as SpecFile from "../host/SpecFile.js"
import { OciContainers, OciContainersError, type OciPaths } from "./OciContainers.js"

const decodeRecord = Schema.decodeUnknownSync(Schema.parseJson(OciRecord))
const encodeRecord = Schema.encodeSync(Schema.parseJson(OciRecord))

const pathsOf = (root: string, id: string): OciPaths => {
  const directory = path.join(root, id)
  return {
    directory,
    gate: `${directory}/start`,
    reports: `${directory}/reports`,
    hookState: `${directory}/hook-state.json`,
    spec: `${directory}/spec.json`
  }
}

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

const failure = (what: string) => (cause: unknown) =>
  cause instanceof OciContainersError
    ? cause
    : new OciContainersError({
        reason: "Io",
        message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })

const attempt = <A>(what: string, work: () => A) => Effect.try({ try: work, catch: failure(what) })

/** An id becomes a file name. Source: runc, validateID. */
const isId = (id: string): boolean => /^[\w+.-]{1,1024}$/.test(id) && !/^\.\.?$/.test(id)

const claim = (root: string, id: string): OciPaths => {
  if (!isId(id))
    throw new OciContainersError({ reason: "BadId", message: `invalid container ID: ${JSON.stringify(id)}` })
  fs.mkdirSync(root, { recursive: true, mode: 0o711 })
  try {
    fs.mkdirSync(path.join(root, id), { mode: 0o700 })
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause
    throw new OciContainersError({
      reason: "Exists",
      message: `container with given ID already exists: ${id}`
    })
  }
  return pathsOf(root, id)
}

const recordPath = (root: string, id: string) => path.join(root, id, "state.json")

const read = (root: string, id: string): OciRecord => {
  const missing = () =>
    new OciContainersError({ reason: "Missing", message: `container ${JSON.stringify(id)} does not exist` })
  if (!isId(id)) throw missing()
  try {
    return decodeRecord(fs.readFileSync(recordPath(root, id), "utf8"))
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") throw missing()
    throw cause
  }
}

const readAll = (root: string): ReadonlyArray<OciRecord> => {
  let names: ReadonlyArray<string>
  try {
    names = fs.readdirSync(root).sort()
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return []
    throw cause
  }
  return names.flatMap((id) => {
    try {
      return [read(root, id)]
    } catch {
      // Being made or removed right now.
      return []
    }
  })
}

const filterPath = (root: string, key: string) => path.join(root, ".filters", key)

/** In directories of this host's file system, mode 0700 each. */
export const layer: Layer.Layer<OciContainers> = Layer.succeed(
  OciContainers,
  OciContainers.of({
    claim: (root, id) => attempt(`cannot make the state directory below ${root}`, () => claim(root, id)),
    paths: pathsOf,
    write: (root, record) =>
      attempt("cannot keep the container's state", () =>
        SpecFile.replace(recordPath(root, record.id), encodeRecord(record))
      ),
    read: (root, id) => attempt("the container's state cannot be read", () => read(root, id)),
    writeSpec: (root, spec) =>
      attempt("cannot keep the container's specification", () =>
        SpecFile.write(pathsOf(root, spec.id).spec, spec)
      ),
    readSpec: (root, id) =>
      attempt("the container's specification cannot be read", () => SpecFile.read(pathsOf(root, id).spec)),
    writeHookState: (root, id, text) =>
      attempt("cannot write the state for hooks", () =>
        fs.writeFileSync(pathsOf(root, id).hookState, text, { mode: 0o600 })
      ),
    list: (root) => attempt(`cannot read ${root}`, () => readAll(root)),
    remove: (root, id) =>
      attempt("cannot remove the container's state", () =>
        fs.rmSync(path.join(root, id), { recursive: true, force: true })
      ),
    cachedFilter: (root, key) =>
      Effect.sync(() => {
        try {
          const stat = fs.statSync(filterPath(root, key))
          // What somebody else could have written is no filter of ours.
          if (stat.uid !== process.geteuid?.() || (stat.mode & 0o022) !== 0) return undefined
          return Uint8Array.from(fs.readFileSync(filterPath(root, key)))
        } catch {
          return undefined
        }
      }),
    cacheFilter: (root, key, program) =>
      Effect.sync(() => {
        try {
          fs.mkdirSync(path.join(root, ".filters"), { recursive: true, mode: 0o700 })
          const fresh = `${filterPath(root, key)}.${process.pid}`
          fs.writeFileSync(fresh, program, { mode: 0o600 })
          fs.renameSync(fresh, filterPath(root, key))
        } catch {
          // It is compiled again next time.
        }
      })
  })
)
