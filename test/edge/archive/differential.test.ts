import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { pack } from "../../../src/edge/archive/TreePacker.js"
import * as ExtendedAttributes from "../../../src/edge/linux/ExtendedAttributes.js"
import { extract } from "../../support/store/Extraction.js"
import * as Snapshot from "../../support/store/Snapshot.js"

// Owners, devices and file capabilities need root.
const isRoot = process.getuid?.() === 0
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-archive-"))
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

const source = `${dir}/source`
const deep = `${"d".repeat(60)}/${"e".repeat(60)}/${"f".repeat(60)}`
const run = (...argv: ReadonlyArray<string>): Buffer =>
  execFileSync(argv[0] ?? "", argv.slice(1), { maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "ignore"] })

beforeAll(() => {
  fs.mkdirSync(`${source}/${deep}`, { recursive: true })
  fs.writeFileSync(`${source}/plain`, "hello")
  fs.writeFileSync(`${source}/empty`, "")
  fs.writeFileSync(`${source}/block`, Buffer.alloc(512, 7))
  fs.writeFileSync(`${source}/${deep}/${"n".repeat(120)}`, "long name")
  fs.writeFileSync(`${source}/日本語`, "utf-8 name")
  fs.writeFileSync(Buffer.concat([Buffer.from(`${source}/bad`), Buffer.from([0xff, 0xfe])]), "no utf-8")
  fs.symlinkSync("l".repeat(200), `${source}/longlink`)
  fs.symlinkSync("/etc/passwd", `${source}/absolute`)
  fs.linkSync(`${source}/plain`, `${source}/zz-hard`)
  const sparse = fs.openSync(`${source}/sparse`, "w")
  for (let at = 0; at < 12; at++) fs.writeSync(sparse, Buffer.alloc(4096, at + 1), 0, 4096, at * 100_000)
  fs.ftruncateSync(sparse, 3_000_000)
  fs.closeSync(sparse)
  fs.chmodSync(`${source}/block`, 0o4711)
  if (!isRoot) return
  fs.chownSync(`${source}/empty`, 3_000_000, 70_000)
  ExtendedAttributes.set(`${source}/plain`, "user.note", Uint8Array.of(0, 1, 255))
  // cap_net_raw+ep, version 2. Source: linux/capability.h.
  const capability = Buffer.from("0100000200200000000000000000000000000000", "hex")
  ExtendedAttributes.set(`${source}/block`, "security.capability", capability)
  run("mknod", `${source}/null`, "c", "1", "3")
  run("mkfifo", `${source}/pipe`)
})

const formats: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["gnu", ["--format=gnu"]],
  ["gnu, sparse", ["--format=gnu", "-S"]],
  ["oldgnu, sparse", ["--format=oldgnu", "-S"]],
  ["pax", ["--format=pax", "--xattrs", "--xattrs-include=*"]],
  ["pax, sparse 0.0", ["--format=pax", "-S", "--sparse-version=0.0"]],
  ["pax, sparse 0.1", ["--format=pax", "-S", "--sparse-version=0.1"]],
  ["pax, sparse 1.0", ["--format=pax", "-S", "--sparse-version=1.0"]],
  ["star-like blocking", ["--format=pax", "--blocking-factor=1"]]
]

describe.runIf(isRoot)("reading what GNU tar writes", () => {
  it.each(formats)("%s: gives the tree that GNU tar makes of it", (name, options) => {
    const archive = run("tar", "-C", source, "-c", "--sort=name", ...options, ".")
    const theirs = `${dir}/theirs-${name}`
    fs.mkdirSync(theirs)
    fs.writeFileSync(`${dir}/archive.tar`, archive)
    run(
      "tar",
      "-C",
      theirs,
      "-xpf",
      `${dir}/archive.tar`,
      "--numeric-owner",
      "--xattrs",
      "--xattrs-include=*"
    )
    for (const chunkBytes of [65536, 777]) {
      const ours = `${dir}/ours-${name}-${chunkBytes}`
      extract(archive, ours, { chunkBytes })
      expect(Snapshot.take(ours)).toEqual(Snapshot.take(theirs))
    }
  })

  it("ustar and v7: the same for what they can hold", () => {
    for (const format of ["ustar", "v7"]) {
      const archive = run(
        "tar",
        "-C",
        source,
        "-c",
        `--format=${format}`,
        "plain",
        "zz-hard",
        "block",
        "absolute",
        "日本語"
      )
      const ours = `${dir}/ours-${format}`
      extract(archive, ours)
      expect(Object.keys(Snapshot.take(ours))).toEqual(["absolute", "block", "plain", "zz-hard", "日本語"])
      expect(Snapshot.take(ours)["zz-hard"]?.linkedTo).toBe("plain")
    }
  })
})

const packed = (root: string): Buffer => {
  const chunks: Array<Uint8Array> = []
  for (const _ of pack({ roots: [root], whiteouts: "plain" }, (chunk) =>
    chunks.push(Uint8Array.from(chunk))
  ));
  return Buffer.concat(chunks)
}

const listing = `
import sys, json, tarfile
out = []
for m in tarfile.open(sys.argv[1], errors="surrogateescape"):
    out.append([m.name.encode("utf8", "surrogateescape").hex(), m.type.decode(), m.mode, m.uid, m.gid, m.size, m.linkname, int(m.mtime)])
print(json.dumps(out))
`

describe.runIf(isRoot)("writing", () => {
  it("gives GNU tar the tree that was packed", () => {
    fs.writeFileSync(`${dir}/ours.tar`, packed(source))
    const theirs = `${dir}/theirs`
    fs.mkdirSync(theirs)
    run("tar", "-C", theirs, "-xpf", `${dir}/ours.tar`, "--numeric-owner", "--xattrs", "--xattrs-include=*")
    expect(Snapshot.take(theirs)).toEqual(Snapshot.take(source))
  })

  it("gives Python's tarfile every entry", () => {
    fs.writeFileSync(`${dir}/ours.tar`, packed(source))
    const rows: unknown = JSON.parse(run("python3", "-c", listing, `${dir}/ours.tar`).toString())
    const tree = Snapshot.take(source)
    expect(Array.isArray(rows) && rows.length).toBe(Object.keys(tree).length)
    const row = (name: string): unknown =>
      Array.isArray(rows) ? rows.find((each) => each[0] === Buffer.from(name).toString("hex")) : undefined
    expect(row("empty")).toEqual([
      expect.anything(),
      "0",
      0o644,
      3_000_000,
      70_000,
      0,
      "",
      tree["empty"]?.mtime
    ])
    expect(row("zz-hard")).toMatchObject({ 1: "1", 6: "plain" })
    expect(row(`${deep}/${"n".repeat(120)}`)).toMatchObject({ 5: 9 })
    expect(row("日本語")).toMatchObject({ 5: 10 })
  })

  it("is the same for the same tree, and read back to it", () => {
    const archive = packed(source)
    expect(packed(source).equals(archive)).toBe(true)
    extract(archive, `${dir}/back`)
    expect(Snapshot.take(`${dir}/back`)).toEqual(Snapshot.take(source))
    expect(packed(`${dir}/back`).equals(archive)).toBe(true)
  })
})
