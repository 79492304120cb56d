import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as ReadOrder from "../../../src/edge/build/ReadOrder.js"
import * as DetachedMount from "../../../src/edge/linux/DetachedMount.js"

const scratch = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "kasane-order-"))),
  (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
)

const names = (directory: string) => ReadOrder.listed(Buffer.from(directory)).map(({ name }) => name)

/** Everything below a directory but the order of names: kinds, modes, contents. */
const contents = (directory: string) =>
  execFileSync(
    "sh",
    ["-c", "find . -printf '%P %y %m %s %l\\n' | sort; find . -type f | sort | xargs sha256sum"],
    {
      cwd: directory,
      encoding: "utf8",
      // A file system in no mount table has no path that a shell could tell.
      stdio: ["ignore", "pipe", "ignore"]
    }
  )

const overlay = (...lower: ReadonlyArray<string>) =>
  DetachedMount.overlay({ lower, writable: undefined, identity: "root" })

/** Two layers with directories that merge, and one that replaces another's; one name is no text. */
const layers = (root: string): readonly [upper: string, lower: string] => {
  const [upper, lower] = [`${root}/upper`, `${root}/lower`]
  for (const directory of [`${upper}/d/new`, `${lower}/d/old`, `${lower}/gone/deep`])
    fs.mkdirSync(directory, { recursive: true })
  for (let index = 0; index < 40; index++) {
    fs.writeFileSync(`${lower}/d/old/f${index}`, `${index}`)
    fs.writeFileSync(`${index % 2 === 0 ? upper : lower}/d/g${index}`, `${index}`)
  }
  fs.writeFileSync(Buffer.concat([Buffer.from(`${lower}/d/`), Buffer.from([0xff, 0x41])]), "")
  fs.symlinkSync("g1", `${upper}/d/link`)
  execFileSync("mknod", [`${upper}/gone`, "c", "0", "0"])
  return [upper, lower]
}

describe.runIf(process.getuid?.() === 0)("another order of directories", () => {
  const check = (
    place: (root: string) => Effect.Effect<Option.Option<ReadOrder.Place>, never, Scope.Scope>
  ) =>
    Effect.gen(function* () {
      const root = yield* scratch
      const [upper, lower] = layers(root)
      const before = yield* overlay(upper, lower)
      const made = yield* place(root)
      if (Option.isNone(made)) return
      ReadOrder.stub(made.value, before)
      const after = yield* overlay(upper, lower, made.value.root)
      expect(contents(after)).toBe(contents(before))
      expect(contents(before).split("\n").length).toBeGreaterThan(160)
      for (const directory of ["d", "d/old"]) {
        const [one, other] = [names(`${before}/${directory}`), names(`${after}/${directory}`)]
        expect([...other].sort()).toEqual([...one].sort())
        expect(other).not.toEqual(one)
      }
    })

  it.scoped("is that of a file system in memory, where overlays take one", () =>
    check((root) =>
      Effect.gen(function* () {
        const { path: memory } = yield* DetachedMount.memory
        fs.mkdirSync(`${root}/probe`)
        yield* Effect.scoped(overlay(`${root}/probe`, memory))
        return ReadOrder.inMemory(memory)
      }).pipe(Effect.option)
    )
  )

  it.scoped("is the later half first on any other", () =>
    check((root) => {
      fs.mkdirSync(`${root}/beside`)
      return Effect.succeedSome(ReadOrder.onDisk(`${root}/beside`))
    })
  )
})
