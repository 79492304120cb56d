import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { ContainerFiles, ContainerFilesError } from "./ContainerFiles.js"
import * as LayeredTree from "./LayeredTree.js"
import * as SpecFile from "./SpecFile.js"

const attempt = <A>(what: string, work: () => A): Effect.Effect<A, ContainerFilesError> =>
  Effect.try({
    try: work,
    catch: (cause) =>
      new ContainerFilesError({
        message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  })

const specPath = (dir: string): string => `${dir}/spec.json`

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
  dropHosts: (paths, addresses) =>
    attempt("cannot write the container's hosts", () => {
      const lines = fs.readFileSync(paths.hosts, "utf8").split("\n")
      const kept = lines.filter((line) => !addresses.includes(line.split("\t")[0] ?? ""))
      overwrite(paths.hosts, kept.join("\n"))
    }),
  writeResolvers: (paths, text) =>
    attempt("cannot write the container's resolvers", () => overwrite(paths.resolvConf, text)),
  accounts: (layers, mostBytes) =>
    attempt("cannot read the image's accounts", () => ({
      passwd: LayeredTree.readText(layers, "/etc/passwd", mostBytes),
      group: LayeredTree.readText(layers, "/etc/group", mostBytes)
    })),
  dangling: (layers, targets) =>
    attempt("cannot look up the places of mounts", () => LayeredTree.danglingOf(layers, targets)),
  keepSpec: (paths, spec) =>
    attempt("cannot keep the container's specification", () => SpecFile.write(specPath(paths.dir), spec)),
  spec: (paths) =>
    attempt("the container's specification cannot be read", () => SpecFile.read(specPath(paths.dir))),
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
