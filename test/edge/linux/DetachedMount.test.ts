import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DetachedMount from "../../../src/edge/linux/DetachedMount.js"

const directories = Effect.acquireRelease(
  Effect.sync(() => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-mount-"))
    for (const name of ["top", "bottom", "upper", "work"]) fs.mkdirSync(path.join(root, name))
    fs.writeFileSync(path.join(root, "top/both"), "top")
    fs.writeFileSync(path.join(root, "bottom/both"), "bottom")
    fs.writeFileSync(path.join(root, "bottom/below"), "below")
    return root
  }),
  (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
)

describe("an overlay that is in no mount table", () => {
  it.scoped("shows the topmost, and takes writes into its upper directory only", () =>
    Effect.gen(function* () {
      const root = yield* directories
      const at = yield* DetachedMount.overlay({
        lower: [`${root}/top`, `${root}/bottom`],
        writable: { upper: `${root}/upper`, work: `${root}/work` },
        identity: "root"
      })
      expect(fs.readFileSync(`${at}/both`, "utf8")).toBe("top")
      fs.writeFileSync(`${at}/both`, "new")
      fs.unlinkSync(`${at}/below`)
      expect(fs.readFileSync(`${root}/upper/both`, "utf8")).toBe("new")
      expect(fs.readFileSync(`${root}/top/both`, "utf8")).toBe("top")
      expect(fs.existsSync(`${root}/bottom/below`)).toBe(true)
      expect(fs.existsSync(`${at}/below`)).toBe(false)
      expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(root)
    })
  )

  it.scoped("is read-only without an upper directory", () =>
    Effect.gen(function* () {
      const root = yield* directories
      const at = yield* DetachedMount.overlay({
        lower: [`${root}/top`, `${root}/bottom`],
        writable: undefined,
        identity: "root"
      })
      expect(fs.readdirSync(at).sort()).toEqual(["below", "both"])
      expect(() => fs.writeFileSync(`${at}/x`, "")).toThrow("EROFS")
    })
  )

  it.scoped("says what is wrong in the kernel's words", () =>
    Effect.gen(function* () {
      const root = yield* directories
      const failure = yield* Effect.flip(
        DetachedMount.overlay({ lower: [`${root}/nope`], writable: undefined, identity: "root" })
      )
      expect(failure._tag).toBe("MountError")
      expect(failure.message).toContain("lowerdir+")
    })
  )
})
