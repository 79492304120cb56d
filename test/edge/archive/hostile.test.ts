import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { ArchiveError } from "../../../src/edge/archive/ArchiveError.js"
import { standard } from "../../../src/edge/archive/ArchiveLimits.js"
import * as ExtendedAttributes from "../../../src/edge/linux/ExtendedAttributes.js"
import { extract } from "../../support/store/Extraction.js"
import { type Item, tar } from "../../support/store/Layers.js"
import * as Snapshot from "../../support/store/Snapshot.js"

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-hostile-"))
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

/** What stands beside every layer, and must stay as it is. */
const canary = `${dir}/canary`
let count = 0
let root = ""

beforeEach(() => {
  fs.rmSync(canary, { recursive: true, force: true })
  fs.mkdirSync(canary)
  fs.writeFileSync(`${canary}/secret`, "secret", { mode: 0o600 })
  fs.utimesSync(`${canary}/secret`, 1, 1)
  count += 1
  root = `${dir}/layer-${count}`
})

const untouched = (items: ReadonlyArray<Item>, expected?: ReadonlyArray<string>): void => {
  const before = Snapshot.take(canary)
  try {
    extract(tar(items), root)
    if (expected === undefined) expect.unreachable("the layer should have been refused")
    expect(Object.keys(Snapshot.take(root))).toEqual(expected)
  } catch (error) {
    if (expected !== undefined || !(error instanceof ArchiveError)) throw error
    expect(error.reason).toBe("Hostile")
  }
  expect(Snapshot.take(canary)).toEqual(before)
  expect(fs.readdirSync(dir).filter((name) => !/^(canary|layer-\d+\w*)$/.test(name))).toEqual([])
}

const out = "../canary/secret"

describe("a hostile layer", () => {
  it("with .. that leaves the root is refused", () => {
    untouched([{ path: out, content: "x" }])
    root += "b"
    untouched([{ path: "a/../../canary/secret", content: "x" }])
  })

  it("with absolute and inner .. paths stays inside", () =>
    untouched(
      [
        { path: `${canary}/secret`, content: "x" },
        { path: "a/../b", content: "x" }
      ],
      [
        "b",
        ...`${canary}/secret`
          .split("/")
          .slice(1)
          .map((_, index, names) => names.slice(0, index + 1).join("/"))
      ]
    ))

  it("replaces a symbolic link in the way of a directory and never follows it", () => {
    untouched(
      [
        { path: "link", kind: "symlink", linkTarget: "../canary" },
        { path: "link/secret", content: "x" }
      ],
      ["link", "link/secret"]
    )
    expect(fs.lstatSync(`${root}/link`).isDirectory()).toBe(true)
  })

  it("replaces a symbolic link in the way of a file", () =>
    untouched(
      [
        { path: "link", kind: "symlink", linkTarget: "../canary/secret" },
        { path: "link", content: "x", mode: 0o777 }
      ],
      ["link"]
    ))

  it("sets no mode, owner or time through a link", () =>
    untouched(
      [
        {
          path: "link",
          kind: "symlink",
          linkTarget: "../canary/secret",
          mode: 0o777,
          uid: 7,
          mtimeSeconds: 99
        },
        { path: "dir", kind: "symlink", linkTarget: "../canary" },
        { path: "dir/", kind: "directory", mode: 0o777, uid: 7 }
      ],
      ["dir", "link"]
    ))

  it("links to nothing outside", () => {
    untouched([{ path: "a", kind: "hardlink", linkTarget: "../canary/secret" }])
    root += "b"
    untouched([{ path: "a", kind: "hardlink", linkTarget: `${canary}/secret` }])
    root += "c"
    untouched([
      { path: "s", kind: "symlink", linkTarget: "../canary" },
      { path: "a", kind: "hardlink", linkTarget: "s/secret" }
    ])
  })

  it("links to a symbolic link itself, and writes a file anew instead of into it", () => {
    untouched(
      [
        { path: "s", kind: "symlink", linkTarget: "../canary/secret" },
        { path: "a", kind: "hardlink", linkTarget: "s" },
        { path: "a", content: "x" }
      ],
      ["a", "s"]
    )
    expect(fs.readFileSync(`${root}/a`, "utf8")).toBe("x")
  })

  it("hides nothing through a symbolic link", () =>
    untouched(
      [
        { path: "s", kind: "symlink", linkTarget: "../canary" },
        { path: "s/.wh.secret", content: "" }
      ],
      ["s", "s/secret"]
    ))

  it.each([".wh.", ".wh..", ".wh...", "a/.wh..", ".wh..wh.plnk"])("with the whiteout %s is refused", (name) =>
    untouched([{ path: name }])
  )

  it("cannot replace its root", () => {
    untouched([{ path: "./", kind: "symlink", linkTarget: "../canary" }])
    root += "b"
    untouched([{ path: "a/..", content: "x" }])
  })

  it("has no owner and no device number out of range, and no whiteout by device", () => {
    untouched([{ path: "a", uid: 2 ** 32 - 1 }])
    root += "b"
    untouched([{ path: "a", kind: "character", deviceMajor: 2 ** 20, deviceMinor: 0 }])
    root += "c"
    untouched([{ path: "a", kind: "character", deviceMajor: 0, deviceMinor: 0 }])
  })

  it("brings no overlay marks of its own", () => {
    const mark = new Map([
      ["trusted.overlay.opaque", Buffer.from("y")],
      ["trusted.overlay.redirect", Buffer.from("/../canary")],
      ["user.overlay.opaque", Buffer.from("y")]
    ])
    extract(tar([{ path: "d/", xattrs: mark }]), root)
    expect(ExtendedAttributes.list(`${root}/d`)).toEqual([])
  })

  it("in a user namespace makes no device nodes", () => {
    extract(tar([{ path: "null", kind: "character", deviceMajor: 1, deviceMinor: 3 }, { path: "a" }]), root, {
      identity: "mapped"
    })
    expect(fs.readdirSync(root)).toEqual(["a"])
  })

  it("with too many entries, bytes or names in a path is refused", () => {
    const small = { ...standard, entriesMax: 3, bytesMax: 1000, depthMax: 4, pathBytesMax: 100 }
    const refused = (items: ReadonlyArray<Item>): void => {
      root += "x"
      expect(() => extract(tar(items), root, { limits: small })).toThrow(
        expect.objectContaining({ reason: "TooLarge" })
      )
    }
    refused(["1", "2", "3", "4"].map((name) => ({ path: name })))
    refused([{ path: "a", content: "x".repeat(1001) }])
    refused([{ path: "a/b/c/d/e" }])
    refused([{ path: "a".repeat(101) }])
  })
})

describe("a layer's whiteouts", () => {
  const marks = (items: ReadonlyArray<Item>): Readonly<Record<string, Snapshot.Seen>> => {
    extract(tar(items), root)
    return Snapshot.take(root)
  }
  const opaque = { "trusted.overlay.opaque": Buffer.from("y").toString("hex") }

  it("are character devices 0:0, wherever they come", () => {
    const tree = marks([{ path: "a/.wh.gone" }, { path: "a/" }])
    expect(tree["a/gone"]).toMatchObject({ type: fs.constants.S_IFCHR, device: 0 })
  })

  it("never hide what the same layer adds, before or after", () => {
    const tree = marks([
      { path: ".wh.f" },
      { path: "f", content: "x" },
      { path: "g", content: "x" },
      { path: ".wh.g" }
    ])
    expect([tree["f"]?.type, tree["g"]?.type]).toEqual([fs.constants.S_IFREG, fs.constants.S_IFREG])
  })

  it("on a directory that the layer adds too make it opaque", () => {
    expect(marks([{ path: ".wh.d" }, { path: "d/" }, { path: "d/x" }])["d"]?.xattrs).toEqual(opaque)
    root += "b"
    expect(marks([{ path: "d/" }, { path: "d/x" }, { path: ".wh.d" }])["d"]?.xattrs).toEqual(opaque)
  })

  it("that are opaque mark their directory", () => {
    const tree = marks([{ path: "d/x" }, { path: "d/.wh..wh..opq" }])
    expect(tree["d"]?.xattrs).toEqual(opaque)
    expect(Object.keys(tree)).toEqual(["d", "d/x"])
  })

  it("at the root are told to the caller, as overlay does not look there", () => {
    expect(extract(tar([{ path: ".wh..wh..opq" }, { path: "a" }]), root).isOpaque).toBe(true)
  })

  it("are names like any in an archive that is no layer", () => {
    extract(tar([{ path: ".wh.a" }]), root, { whiteouts: "plain" })
    expect(fs.readdirSync(root)).toEqual([".wh.a"])
  })
})

describe("several entries for one name", () => {
  it("leave the last", () => {
    const { sizeBytes } = extract(
      tar([
        { path: "a", content: "first" },
        { path: "a/", mode: 0o700 },
        { path: "a/b", content: "inner" },
        { path: "a", content: "last!!" },
        { path: "d/" },
        { path: "d/keep", content: "k" },
        { path: "d/", mode: 0o711, mtimeSeconds: 5 }
      ]),
      root
    )
    expect(fs.readFileSync(`${root}/a`, "utf8")).toBe("last!!")
    expect(fs.statSync(`${root}/d`)).toMatchObject({ mode: 0o40711, mtimeMs: 5000 })
    expect(sizeBytes).toBe(7)
  })
})
