import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Copier from "../../../src/edge/build/Copier.js"
import * as HostTarget from "../../../src/edge/build/HostTarget.js"
import * as RootTree from "../../../src/edge/build/RootTree.js"

/** A directory with `src` and `root` in it, gone with the scope. */
export const directories = Effect.acquireRelease(
  Effect.sync(() => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-copy-"))
    for (const name of ["src", "root"]) fs.mkdirSync(path.join(dir, name))
    return dir
  }),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true }))
)

/** Copies `from` of `dir/src` to `to` in `dir/root`. */
export const copy = (dir: string, from: string, to: string, given: Partial<Copier.CopyRequest> = {}): void =>
  Copier.copy({
    source: RootTree.make(`${dir}/src`, "root"),
    path: from,
    target: HostTarget.make(`${dir}/root`),
    destination: to,
    owner: undefined,
    mode: undefined,
    included: undefined,
    excluded: undefined,
    excludedForGood: true,
    conflicts: "refuse",
    ...given
  })

/** Every path below `dir/root` and what it is: a file's content, `-> target`, or `/` for a directory. */
export const tree = (dir: string): Readonly<Record<string, string>> => {
  const root = `${dir}/root`
  const found: Array<readonly [string, string]> = []
  const walk = (at: string): void => {
    for (const entry of fs.readdirSync(`${root}${at}`, { withFileTypes: true })) {
      const name = `${at}/${entry.name}`
      if (entry.isDirectory()) {
        found.push([name, "/"])
        walk(name)
      } else if (entry.isSymbolicLink()) found.push([name, `-> ${fs.readlinkSync(`${root}${name}`)}`])
      else found.push([name, fs.readFileSync(`${root}${name}`, "utf8")])
    }
  }
  walk("")
  return Object.fromEntries(found.sort())
}
