import { describe, expect, it } from "vitest"
import type { TarEntry } from "../../../src/core/layer/TarEntry.js"
import { standard } from "../../../src/edge/archive/ArchiveLimits.js"
import { TarReader } from "../../../src/edge/archive/TarReader.js"
import * as TarWriter from "../../../src/edge/archive/TarWriter.js"
import { type Item, tar } from "../../support/store/Layers.js"

interface Read {
  readonly entry: TarEntry
  readonly content: string
}

const read = (archive: Uint8Array, chunkBytes = 4096): ReadonlyArray<Read> => {
  const found: Array<{ entry: TarEntry; content: string }> = []
  const reader = new TarReader(
    {
      entry: (entry) => found.push({ entry, content: "" }),
      data: (chunk) => {
        const last = found.at(-1)
        if (last !== undefined) last.content += Buffer.from(chunk).toString("latin1")
      },
      end: () => undefined
    },
    standard
  )
  for (let at = 0; at < archive.length; at += chunkBytes) reader.write(archive.subarray(at, at + chunkBytes))
  reader.finish()
  return found
}

/** An archive whose first header was changed, with its checksum made right again. */
const changed = (items: ReadonlyArray<Item>, change: (block: Buffer) => void, block = 0): Uint8Array => {
  const archive = Buffer.from(tar(items))
  const header = archive.subarray(block * 512, block * 512 + 512)
  change(header)
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1")
  return archive
}

const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length += 1
  return `${length}${rest}`
}

/** A pax header with these records before a file. */
const withPax = (records: string, item: Item): Uint8Array => {
  const header = changed([{ path: "PaxHeaders/x", content: records }], (block) => block.write("x", 156))
  const size = 512 + Math.ceil(records.length / 512) * 512
  return Buffer.concat([header.subarray(0, size), tar([item])])
}

const malformed = expect.objectContaining({ reason: "Malformed" })

describe("reading a tar", () => {
  const items: ReadonlyArray<Item> = [
    { path: "a", content: "hello" },
    { path: "b", content: "x".repeat(1024) },
    { path: "c" },
    { path: "d/" }
  ]

  it("gives the same entries whatever the chunks", () => {
    const whole = read(tar(items), 1e6)
    expect(whole.map(({ entry, content }) => [entry.path, content.length])).toEqual([
      ["a", 5],
      ["b", 1024],
      ["c", 0],
      ["d/", 0]
    ])
    for (const chunkBytes of [1, 100, 511, 512, 513, 1500])
      expect(read(tar(items), chunkBytes)).toEqual(whole)
  })

  it("needs no closing zero blocks, but whole entries", () => {
    expect(read(tar(items).subarray(0, -1024))).toHaveLength(4)
    const truncated = expect.objectContaining({ reason: "Truncated" })
    expect(() => read(tar(items).subarray(0, 700))).toThrow(truncated)
    expect(() => read(tar(items).subarray(0, 600))).toThrow(truncated)
    expect(() => read(tar(items).subarray(0, 100))).toThrow(truncated)
  })

  it("refuses a header whose checksum is wrong, and bytes that are no tar", () => {
    const archive = Buffer.from(tar(items))
    archive[0] = 0x7a
    expect(() => read(archive)).toThrow(malformed)
    expect(() => read(Buffer.alloc(2048, "no tar at all "))).toThrow(malformed)
  })

  it("refuses numbers that are none, negative sizes and unknown types", () => {
    expect(() => read(changed(items, (block) => block.write("9", 130)))).toThrow(malformed)
    expect(() => read(changed(items, (block) => block.fill(0xff, 124, 136)))).toThrow(malformed)
    expect(() => read(changed(items, (block) => block.write("Z", 156)))).toThrow(malformed)
  })

  it("reads base-256 numbers", () => {
    const archive = changed([{ path: "a", content: "hello" }], (block) => {
      block.fill(0, 124, 136)
      block[124] = 0x80
      block[135] = 5
    })
    expect(read(archive)[0]?.content).toBe("hello")
  })

  it("refuses a lone zero block between entries", () => {
    const archive = Buffer.concat([
      tar([{ path: "a" }]).subarray(0, 512),
      Buffer.alloc(512),
      tar([{ path: "b" }])
    ])
    expect(() => read(archive)).toThrow(malformed)
  })

  it("ends at two zero blocks, whatever follows", () => {
    expect(read(Buffer.concat([tar([{ path: "a" }]), tar([{ path: "b" }])]))).toHaveLength(1)
  })
})

describe("pax headers", () => {
  it("go before ustar's size, and before its names", () => {
    // ustar says 0: a reader that believed it would take the content for headers (CVE-2025-62518).
    const inner = tar([{ path: "inner" }])
    const archive = withPax(record("size", String(inner.length)) + record("path", "outer"), {
      path: "x",
      content: inner,
      sizeBytes: 0
    })
    expect(read(archive).map(({ entry }) => entry.path)).toEqual(["outer"])
  })

  it("belong to the next entry only", () => {
    const archive = Buffer.concat([
      withPax(record("path", "long"), { path: "short" }).subarray(0, -1024),
      tar([{ path: "next" }])
    ])
    expect(read(archive).map(({ entry }) => entry.path)).toEqual(["long", "next"])
  })

  it("do not apply to GNU's long names in between", () => {
    const name = "n".repeat(150)
    const long = changed([{ path: "././@LongLink", content: `${name}\0` }], (block) => block.write("L", 156))
    const pax = withPax(record("size", "5"), { path: "x", content: "hello", sizeBytes: 0 })
    const archive = Buffer.concat([pax.subarray(0, 1024), long.subarray(0, 1024), pax.subarray(1024)])
    expect(read(archive)).toMatchObject([{ entry: { path: name }, content: "hello" }])
  })

  it.each([
    ["no length", " path=x\n"],
    ["a length beyond the header", "99 path=x\n"],
    ["a length that ends elsewhere", "8 path=x\n"],
    ["no value", "7 path\n"],
    ["a zero byte in a path", record("path", "a\0b")],
    ["a size that is no number", record("size", "0x10")],
    ["a negative size", record("size", "-1")]
  ])("with %s are refused", (_, records) => {
    expect(() => read(withPax(records, { path: "x" }))).toThrow(malformed)
  })

  it("longer than a megabyte are refused", () => {
    expect(() => read(withPax(record("comment", "x".repeat(2 ** 20)), { path: "x" }))).toThrow(
      expect.objectContaining({ reason: "TooLarge" })
    )
  })

  it("keep extended attributes as bytes", () => {
    const value = Uint8Array.of(0, 1, 0x3d, 0x0a, 0xff)
    const entry = read(tar([{ path: "a", xattrs: new Map([["security.capability", value]]) }]))[0]?.entry
    expect(entry?.xattrs?.get("security.capability")).toEqual(value)
  })

  it("that are global are read past", () => {
    const global = changed([{ path: "g", content: record("path", "everywhere") }], (block) =>
      block.write("g", 156)
    )
    const archive = Buffer.concat([global.subarray(0, 1024), tar([{ path: "a" }])])
    expect(read(archive).map(({ entry }) => entry.path)).toEqual(["a"])
  })
})

describe("sparse maps", () => {
  const sparse = (map: string, real: number, content: string): Uint8Array =>
    withPax(record("GNU.sparse.map", map) + record("GNU.sparse.size", String(real)), { path: "x", content })

  it("must be in order, within the file, and fit the data", () => {
    expect(read(sparse("0,2,10,3", 20, "hello"))[0]?.entry.sizeBytes).toBe(20)
    for (const map of ["10,3,0,2", "0,2,1,3", "0,2,18,3", "0,2", "0,2,10", "0,2,10,9"])
      expect(() => read(sparse(map, 20, "hello"))).toThrow(malformed)
  })
})

describe("writing a header", () => {
  it("cuts long ASCII paths at a slash, and says others in pax", () => {
    const cut = `${"a".repeat(100)}/${"b".repeat(90)}`
    expect(TarWriter.header({ ...plain, path: cut })).toHaveLength(512)
    for (const path of [cut, "x".repeat(101), "日本", `${"p".repeat(160)}/x`, "\udcff"])
      expect(read(tar([{ path }]))[0]?.entry.path).toBe(path)
  })
  const plain = { kind: "file", mode: 0, uid: 0, gid: 0, sizeBytes: 0, mtimeSeconds: 0 } as const

  it("says large ids and sizes in pax", () => {
    const entry = read(tar([{ path: "a", uid: 4_000_000_000, gid: 3_000_000 }]))[0]?.entry
    expect(entry).toMatchObject({ uid: 4_000_000_000, gid: 3_000_000 })
    expect(TarWriter.header({ ...plain, path: "a", sizeBytes: 2 ** 34 }).length).toBe(1536)
  })
})
