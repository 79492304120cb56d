import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as ConfigDifference from "../../../src/core/output/repro/ConfigDifference.js"
import * as Hint from "../../../src/core/output/repro/Hint.js"
import * as LayerEntry from "../../../src/core/output/repro/LayerEntry.js"
import * as Reproduction from "../../../src/core/output/repro/Reproduction.js"
import * as TextDifference from "../../../src/core/output/repro/TextDifference.js"

const file: LayerEntry.LayerEntry = {
  path: "/a",
  kind: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeSeconds: 10,
  digest: Digest.ofBytes("a"),
  linkTarget: undefined,
  isOpaque: false
}

const entries = FastCheck.uniqueArray(
  FastCheck.record({
    path: FastCheck.constantFrom("/a", "/b", "/c/d", "/e"),
    mode: FastCheck.constantFrom(0o644, 0o755),
    uid: FastCheck.constantFrom(0, 7),
    mtimeSeconds: FastCheck.integer({ min: 0, max: 3 }),
    content: FastCheck.constantFrom("x", "y")
  }).map(
    ({ content, ...given }): LayerEntry.LayerEntry => ({ ...file, ...given, digest: Digest.ofBytes(content) })
  ),
  { selector: ({ path }) => path }
)

describe("two layers", () => {
  it.prop("differ at exactly the paths at which they are not equal", [entries, entries], ([one, other]) => {
    const found = LayerEntry.differences(one, other)
    const same = (path: string): boolean => {
      const pick = (all: ReadonlyArray<LayerEntry.LayerEntry>) =>
        JSON.stringify(all.find((each) => each.path === path))
      return pick(one) === pick(other)
    }
    const paths = [...new Set([...one, ...other].map(({ path }) => path))].sort()
    expect(found.map(({ path }) => path)).toEqual(paths.filter((path) => !same(path)))
    for (const { first, second } of found) expect(first).not.toBe(second)
    const swapped = LayerEntry.differences(other, one)
    expect(swapped.map(({ first, second, ...rest }) => ({ ...rest, first: second, second: first }))).toEqual(
      found
    )
  })

  it.prop("are compared as they will be, without times later than the epoch", [entries], ([all]) => {
    const later = all.map((entry) => ({ ...entry, mtimeSeconds: entry.mtimeSeconds + 5 }))
    const clamp = (some: ReadonlyArray<LayerEntry.LayerEntry>) =>
      some.map((entry) => LayerEntry.clamped(entry, 0))
    expect(LayerEntry.differences(clamp(all), clamp(later))).toEqual([])
  })

  it("are told by what explains most", () => {
    const changed = { ...file, path: "/z", mode: 0o600, digest: Digest.ofBytes("z"), mtimeSeconds: 11 }
    const found = LayerEntry.differences(
      [file, { ...file, path: "/z" }],
      [{ ...file, mtimeSeconds: 11 }, changed]
    )
    expect(found.map(({ path, attribute }) => [path, attribute])).toEqual([
      ["/a", "mtime"],
      ["/z", "mode"]
    ])
    expect(LayerEntry.foremost(found)).toEqual({
      path: "/z",
      attribute: "mode",
      first: "0644",
      second: "0600"
    })
    expect(LayerEntry.differences([file], [])).toEqual([
      { path: "/a", attribute: "presence", first: "file", second: "absent" }
    ])
  })
})

describe("two files", () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  it("may hold the same lines or words in another order", () => {
    const reordered = (one: string, other: string) => TextDifference.of(bytes(one), bytes(other)).isReordered
    expect(reordered("a\nb\nc\n", "c\na\nb\n")).toBe(true)
    expect(reordered("x: a b\n", "x: b a\n")).toBe(true)
    expect(reordered("a\nb\n", "a\na\n")).toBe(false)
    expect(reordered("ab\n", "ba\n")).toBe(false)
  })

  it("of text differ at a line, others at a byte", () => {
    expect(TextDifference.of(bytes("a\nb\nc\n"), bytes("a\nx\nc\n"))).toMatchObject({
      place: "line 2",
      first: "b",
      second: "x"
    })
    expect(TextDifference.of(bytes("a\n"), bytes("a\nb\n"))).toMatchObject({
      place: "line 2",
      first: "",
      second: "b"
    })
    expect(TextDifference.of(bytes("a"), bytes("a\n"))).toMatchObject({
      place: "line 2",
      first: "end of file",
      second: ""
    })
    expect(TextDifference.of(Uint8Array.of(0, 1, 2), Uint8Array.of(0, 1))).toMatchObject({
      place: "byte 2",
      first: "02",
      second: "end of file"
    })
  })
})

describe("two configs", () => {
  it("differ at a field", () => {
    const config = { created: "x", history: [{ created: "1" }, { created: "2" }] }
    expect(ConfigDifference.first(config, structuredClone(config))).toBeUndefined()
    expect(
      ConfigDifference.first(config, { ...config, history: [{ created: "1" }, { created: "3" }] })
    ).toMatchObject({
      field: "history.1.created",
      first: "2",
      second: "3"
    })
    expect(ConfigDifference.first({ a: 1 }, {})).toMatchObject({ field: "a", first: "1", second: "absent" })
  })
})

describe("a hint", () => {
  const clue = (given: Partial<Hint.Clue>): string =>
    Hint.of({
      path: "/x",
      attribute: "content",
      first: "a",
      second: "b",
      hasEpoch: true,
      hostNames: ["one", "two"],
      isReordered: false,
      ...given
    }) ?? ""

  it.each<readonly [Partial<Hint.Clue>, RegExp]>([
    [{ attribute: "mtime", hasEpoch: false }, /^set SOURCE_DATE_EPOCH/],
    [{ attribute: "mtime" }, /^the time is older than SOURCE_DATE_EPOCH/],
    [{ first: "host one", second: "host two" }, /name of the host/],
    [{ first: "Tue 10:00:01", second: "Tue 10:00:02" }, /^it holds a time/],
    [{ path: "/usr/lib/x.pyc" }, /compiled Python/],
    [{ path: "/etc/machine-id" }, /at random/],
    [{ path: "/var/log/dpkg.log" }, /logs and caches/],
    [{ isReordered: true }, /^the same in another order/],
    [{ first: "tmp.7.x", second: "tmp.20007.x" }, /number of a process/],
    [{ attribute: "presence" }, /name is made at random/],
    [{ attribute: "mode" }, /umask/]
  ])("%o", (given, hint) => expect(clue(given)).toMatch(hint))
})

it("a difference is told by line, file, both values and hint", () => {
  const difference = {
    step: { line: 2, text: "RUN date > /x" },
    through: { line: 5, text: "COPY --from=b /x /y" },
    subject: "/x",
    attribute: "content at line 1",
    first: "1",
    second: "2",
    hint: "h"
  }
  const digest = Digest.ofBytes("i")
  const result = { platform: "linux/amd64", first: digest, second: digest, suspects: [] }
  expect(Reproduction.print("Dockerfile", { ...result, difference })).toBe(
    [
      "linux/amd64: not reproducible",
      "Dockerfile:2: RUN date > /x",
      "  copied by line 5: COPY --from=b /x /y",
      "  /x: content at line 1 differs",
      "    first:  1",
      "    second: 2",
      "  hint: h",
      ""
    ].join("\n")
  )
  expect(Reproduction.print("Dockerfile", { ...result, difference: undefined })).toBe(
    `linux/amd64: reproducible: ${digest}\n`
  )
})
