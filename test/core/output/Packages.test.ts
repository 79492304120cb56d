import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as LanguagePackages from "../../../src/core/output/packages/LanguagePackages.js"
import * as Package from "../../../src/core/output/packages/Package.js"
import * as Spdx from "../../../src/core/output/packages/Spdx.js"
import * as SystemPackages from "../../../src/core/output/packages/SystemPackages.js"

const status = [
  "Package: libc6",
  "Status: install ok installed",
  "Maintainer: GNU Libc Maintainers <libc@example.org>",
  "Architecture: amd64",
  "Source: glibc (2.36)",
  "Version: 2.36-9+deb12u4",
  "Description: library",
  " Version: not this one",
  "",
  "Package: gone",
  "Status: deinstall ok config-files",
  "Version: 1",
  "",
  "Package: single",
  "Version: 1:2.0~rc1",
  "Architecture: all"
].join("\n")

const installed = [
  "C:Q1pSfbLPXHs=",
  "P:musl",
  "V:1.2.4-r2",
  "A:x86_64",
  "L:MIT",
  "o:musl",
  "m:Timo Teräs <timo@example.org>",
  "F:lib",
  "R:ld-musl-x86_64.so.1",
  "a:0:0:755",
  "M:0:0:1777",
  "",
  "P:busybox",
  "V:1.36.1-r5",
  "A:x86_64",
  "L:GPL-2.0-only",
  "o:busybox",
  ""
].join("\n")

const metadata =
  "Metadata-Version: 2.1\r\nName: Foo.Bar\r\nVersion: 1.0\r\nLicense: UNKNOWN\r\n\r\nName: not this one\r\n"

const packages = [
  ...SystemPackages.dpkg(status, "/var/lib/dpkg/status"),
  ...LanguagePackages.npm(
    '{"name":"@a/left-pad","version":"1.3.0","license":{"type":"MIT"},"author":{"name":"A"}}',
    "/app/node_modules/@a/left-pad/package.json"
  ),
  ...LanguagePackages.python(metadata, "/usr/lib/python3/dist-packages/Foo.Bar-1.0.dist-info/METADATA")
]

const subject: Spdx.SpdxSubject = {
  name: "app:1",
  platform: { os: "linux", architecture: "amd64" },
  distribution: Package.distribution('ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n'),
  packages,
  created: "2024-01-01T00:00:00Z",
  tool: "kasane-0"
}

describe("packages", () => {
  it("of dpkg are those that are installed, one stanza each", () =>
    expect(
      SystemPackages.dpkg(status, "s").map(({ name, version, source }) => [name, version, source])
    ).toEqual([
      ["libc6", "2.36-9+deb12u4", "glibc"],
      ["single", "1:2.0~rc1", ""]
    ]))

  it("of apk are not mixed up with their files", () =>
    expect(
      SystemPackages.apk(installed, "i").map(({ name, version, license }) => [name, version, license])
    ).toEqual([
      ["musl", "1.2.4-r2", "MIT"],
      ["busybox", "1.36.1-r5", "GPL-2.0-only"]
    ]))

  it("without a name or a version, or that cannot be read, are none", () => {
    expect(LanguagePackages.npm('{"private":true}', "p")).toEqual([])
    expect(LanguagePackages.npm("{", "p")).toEqual([])
    expect(LanguagePackages.python("Name: x\n\nVersion: 1\n", "p")).toEqual([])
  })
})

describe("a bill of materials", () => {
  it("is an SPDX document", () => {
    const file = path.join(import.meta.dirname, "golden", "sbom.json")
    const text = `${JSON.stringify(Spdx.document(subject), undefined, 2)}\n`
    if (process.env["GOLDEN"] === "write") fs.writeFileSync(file, text)
    expect(text).toBe(fs.readFileSync(file, "utf8"))
  })

  const one = FastCheck.record({
    type: FastCheck.constantFrom("deb" as const, "apk" as const, "npm" as const, "pypi" as const),
    name: FastCheck.string({ minLength: 1 }),
    version: FastCheck.string({ minLength: 1 }),
    architecture: FastCheck.constantFrom("", "amd64"),
    license: FastCheck.constantFrom("", "MIT", "see LICENSE"),
    supplier: FastCheck.string(),
    source: FastCheck.string(),
    foundIn: FastCheck.constantFrom("/a", "/b")
  })

  it.prop(
    "does not depend on the order of the packages, and has each once",
    [FastCheck.array(one)],
    ([all]) => {
      const made = Spdx.document({ ...subject, packages: all })
      expect(Spdx.document({ ...subject, packages: [...all, ...all].reverse() })).toEqual(made)
      const ids = made.packages.map(({ SPDXID }) => SPDXID)
      expect(new Set(ids).size).toBe(ids.length)
      for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/)
      expect(made.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement)).toEqual(ids)
    }
  )
})
