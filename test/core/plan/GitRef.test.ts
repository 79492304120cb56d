import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as GitRef from "../../../src/core/plan/GitRef.js"

const plain: GitRef.GitRef = {
  remote: "",
  ref: undefined,
  subdirectory: "",
  checksum: undefined,
  keepGitDirectory: undefined,
  submodules: true,
  times: "commit"
}

const accepted: ReadonlyArray<readonly [text: string, expected: Partial<GitRef.GitRef>]> = [
  ["https://example.com/foo.git", { remote: "https://example.com/foo.git" }],
  ["HTTPS://example.com/foo.git", { remote: "https://example.com/foo.git" }],
  ["https://example.com/foo.git#deadbeef", { remote: "https://example.com/foo.git", ref: "deadbeef" }],
  [
    "https://example.com/foo.git#baz/qux:quux/./quuz",
    { remote: "https://example.com/foo.git", ref: "baz/qux", subdirectory: "quux/quuz" }
  ],
  ["https://example.com/foo.git#:../../etc", { remote: "https://example.com/foo.git", subdirectory: "etc" }],
  ["https://a:b@example.com/foo.git", { remote: "https://a:b@example.com/foo.git" }],
  ["git://example.com/foo", { remote: "git://example.com/foo" }],
  ["ssh://git@example.com:2222/foo", { remote: "ssh://git@example.com:2222/foo" }],
  ["git@example.com:a/b", { remote: "git@example.com:a/b" }],
  [
    "git@example.com:a/b.git?subdir=/s#v1",
    { remote: "git@example.com:a/b.git", ref: "v1", subdirectory: "s" }
  ],
  [
    "https://example.com/a.git?ref=v1&subdir=/s&checksum=abc",
    { remote: "https://example.com/a.git", ref: "v1", subdirectory: "s", checksum: "abc" }
  ],
  ["https://example.com/a.git?tag=v1", { remote: "https://example.com/a.git", ref: "refs/tags/v1" }],
  ["https://example.com/a.git?branch=v1", { remote: "https://example.com/a.git", ref: "refs/heads/v1" }],
  ["https://example.com/a.git?submodules=0", { remote: "https://example.com/a.git", submodules: false }],
  ["https://example.com/a.git?keep-git-dir", { remote: "https://example.com/a.git", keepGitDirectory: true }],
  ["https://example.com/a.git?mtime=checkout", { remote: "https://example.com/a.git", times: "checkout" }],
  ["https://example.com/a.git?ref=v1#v1", { remote: "https://example.com/a.git", ref: "v1" }]
]

const refused: ReadonlyArray<readonly [text: string, message: string]> = [
  ["https://example.com/a.git?ref=v1#v2", 'ref conflicts: "v2" vs "v1"'],
  ["https://example.com/a.git?ref=v1&tag=v2", 'ref conflicts: "v1" vs "refs/tags/v2"'],
  ["https://example.com/a.git?tag=a&branch=b", "branch conflicts with tag"],
  ["https://example.com/a.git?invalid=1", 'unexpected query "invalid"'],
  ["https://example.com/a.git?ref=", 'query "ref" has no value'],
  ["https://example.com/a.git?ref=a&ref=a", 'query "ref" has multiple values'],
  ["https://example.com/a.git?submodules=maybe", 'invalid submodules value: "maybe"'],
  ["https://example.com/a.git?mtime=x", 'invalid mtime value: "x" (must be "checkout" or "commit")'],
  ["https://example.com/a.git?checksum=xyz", "invalid checksum xyz for Git URL, expected hex commit hash"],
  ["https://example.com/a.git?fetch-by-commit", "fetch-by-commit requires a full commit SHA"],
  ["https://example.com/a.git#--upload-pack=evil", 'invalid git ref "--upload-pack=evil"'],
  ["ssh://-oProxyCommand=evil/a", 'invalid git address "ssh://-oProxyCommand=evil/a"'],
  ["git@-oProxyCommand:a", 'invalid git address "git@-oProxyCommand:a"']
]

describe("addresses of repositories", () => {
  it.each(accepted)("%s", (text, expected) => {
    expect(GitRef.parse(text)).toEqual(Either.right({ ...plain, ...expected }))
  })

  it.each(refused)("%s is refused", (text, message) => {
    expect(GitRef.parse(text)).toEqual(Either.left(message))
  })

  it.each([
    "https://example.com/",
    "https://example.com/foo",
    "https://example.com/foo.git/",
    "https://example.com/foo.git.bar",
    "http://example.com/docker.git:#branch",
    "custom.xyz/moby/buildkit.git",
    "file:///etc/x.git",
    "ext::sh -c true",
    "./.git",
    "../a@b:c",
    ".git",
    "-oProxyCommand=x@example.com:a"
  ])("%s is none", (text) => expect(GitRef.parse(text)).toBeUndefined())

  it("github.com/… is a path, and a repository as a context only", () => {
    expect(GitRef.parse("github.com/moby/buildkit")).toBeUndefined()
    expect(GitRef.parseContext("github.com/moby/buildkit#v1:docs")).toEqual(
      Either.right({ ...plain, remote: "https://github.com/moby/buildkit", ref: "v1", subdirectory: "docs" })
    )
  })

  it.prop(
    "never give git anything that could be an option, or leave the repository",
    [FastCheck.string({ unit: FastCheck.constantFrom(..."-a@:/.#?=&gitshp\n %2") })],
    ([text]) => {
      for (const read of [
        GitRef.parse(text),
        GitRef.parse(`https://h/a.git${text}`),
        GitRef.parse(`git@h:${text}`)
      ]) {
        if (read === undefined || Either.isLeft(read)) continue
        const { remote, ref = "x", subdirectory } = read.right
        expect(remote).not.toMatch(/^-|:\/\/-|@-|[\s]/)
        expect(ref).not.toMatch(/^-|[\s*?:]/)
        expect(subdirectory.split("/")).not.toContain("..")
      }
    }
  )
})

describe("what a remote lists", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((digit) => digit.repeat(40))
  const listed = [
    `${a}\tHEAD`,
    `${a}\trefs/heads/main`,
    `${b}\trefs/heads/v1`,
    `${c}\trefs/tags/v1`,
    `${d}\trefs/tags/v1^{}`,
    ""
  ].join("\n")

  it("is HEAD by default, tags before branches, and the commit that an annotated tag is of", () => {
    expect(GitRef.choose(listed, undefined)).toEqual({ commit: a, tag: undefined, ref: undefined })
    expect(GitRef.choose(listed, "main")).toEqual({ commit: a, tag: undefined, ref: "refs/heads/main" })
    expect(GitRef.choose(listed, "v1")).toEqual({ commit: d, tag: c, ref: "refs/tags/v1" })
    expect(GitRef.choose(listed, "refs/heads/v1")).toEqual({
      commit: b,
      tag: undefined,
      ref: "refs/heads/v1"
    })
    expect(GitRef.choose(listed, "heads/v1")).toEqual({ commit: b, tag: undefined, ref: "refs/heads/v1" })
    expect(GitRef.choose(listed, "v2")).toBeUndefined()
  })

  it("messages show no password", () => {
    expect(GitRef.redacted("https://me:secret@example.com/a.git")).toBe("https://xxxxx@example.com/a.git")
    expect(GitRef.hostOf("https://me:secret@example.com:8443/a.git")).toBe("example.com:8443")
    expect(GitRef.hostOf("git@example.com:a")).toBe("example.com")
  })
})
