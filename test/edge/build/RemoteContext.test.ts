import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as GitRef from "../../../src/core/plan/GitRef.js"
import {
  BuildContext,
  ContextSource,
  type TimedSource,
  TreeSource
} from "../../../src/edge/build/BuildContext.js"
import * as BuildContextFs from "../../../src/edge/build/BuildContextFs.js"
import * as StoreLive from "../../../src/edge/store/StoreLive.js"
import * as GitServer from "../../support/GitServer.js"

let server: GitServer.GitServer
let root: string
const noAccess = { secrets: new Map<string, Uint8Array>(), agent: undefined }

beforeAll(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-remote-"))
  server = await GitServer.start(root, `basic ${Buffer.from("x-access-token:t0ken").toString("base64")}`)
})
afterAll(async () => {
  await server.close()
  fs.rmSync(root, { recursive: true, force: true })
})

/** With services that last as long as the test's scope, as the files that they fetch do. */
const provided = <A, E, R>(work: Effect.Effect<A, E, R | BuildContext>) =>
  Effect.flatMap(
    Layer.build(Layer.provide(BuildContextFs.layer, StoreLive.layerFs(`${root}/store`, "root"))),
    (services) => Effect.provide(work, services)
  )

const git = (address: string, dockerfile?: string | Uint8Array, access = noAccess) => {
  const read = GitRef.parse(`${server.url}/${address}`)
  if (read === undefined) throw new Error(`${address} is no repository`)
  return ContextSource.Git({ repository: Either.getOrThrow(read), access, dockerfile })
}

const open = (source: ContextSource) =>
  provided(Effect.flatMap(BuildContext, (contexts) => contexts.open(source)))
const openTree = (source: TreeSource) =>
  provided(Effect.flatMap(BuildContext, (contexts) => contexts.openTree(source)))
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe("a repository", () => {
  it.scoped("is its default branch without .git, with settled modes and the commit's times", () =>
    Effect.gen(function* () {
      server.commit("app", { Dockerfile: "FROM a", "src/run.sh": "#!/bin/sh\n", "src/data": "1" })
      const { dockerfile, tree } = yield* open(git("app.git"))
      expect(text(dockerfile)).toBe("FROM a")
      expect(tree.names("")).toEqual(["Dockerfile", "src"])
      expect(tree.entry("src")?.mode).toBe(0o755)
      expect([tree.entry("src/run.sh")?.mode, tree.entry("src/data")?.mode]).toEqual([0o755, 0o644])
      expect(tree.entry("src/data")?.modified).toBe(1_500_000_000)
    })
  )

  it.scoped("can be a branch, a tag, a commit or the beginning of one, and a directory of it", () =>
    Effect.gen(function* () {
      const first = server.commit("refs", { Dockerfile: "FROM one", "sub/dir/Dockerfile": "FROM below" })
      server.git("refs", "tag", "-a", "v1", "-m", "one")
      const second = server.commit("refs", { Dockerfile: "FROM two" }, "topic/x")
      server.git("refs", "push", "-q", "origin", "v1")
      const told = (address: string) => Effect.map(open(git(address)), ({ dockerfile }) => text(dockerfile))
      expect(yield* told("refs.git")).toBe("FROM one")
      expect(yield* told("refs.git#topic/x")).toBe("FROM two")
      expect(yield* told("refs.git#v1")).toBe("FROM one")
      expect(yield* told("refs.git?tag=v1")).toBe("FROM one")
      expect(yield* told(`refs.git#${second}`)).toBe("FROM two")
      expect(yield* told("refs.git#main:sub/dir")).toBe("FROM below")
      expect(yield* told(`refs.git?checksum=${first.slice(0, 8)}#v1`)).toBe("FROM one")
      const wrong = yield* Effect.flip(open(git(`refs.git?checksum=${first}#topic/x`)))
      expect(wrong.message).toBe(
        `failed to fetch ${server.url}/refs.git: expected checksum to match ${first}, got ${second}`
      )
      const absent = yield* Effect.flip(open(git("refs.git#nope")))
      expect(absent.message).toContain("repository does not contain ref nope")
    })
  )

  it.scoped("a path of a Dockerfile, or one from elsewhere; its own ignore file", () =>
    Effect.gen(function* () {
      server.commit("choice", {
        Dockerfile: "FROM a",
        "docker/b.Dockerfile": "FROM b",
        "docker/b.Dockerfile.dockerignore": "secret",
        secret: "s"
      })
      const chosen = yield* open(git("choice.git", "docker/b.Dockerfile"))
      expect([text(chosen.dockerfile), chosen.tree.entry("secret")]).toEqual(["FROM b", undefined])
      const piped = yield* open(git("choice.git", Buffer.from("FROM c")))
      expect([text(piped.dockerfile), piped.tree.entry("secret")?.kind]).toEqual(["FROM c", "file"])
      // A path is one in the repository, never of this host.
      expect((yield* Effect.flip(open(git("choice.git", "/etc/passwd")))).message).toContain("no such file")
    })
  )

  it.scoped("with submodules, unless they are declined", () =>
    Effect.gen(function* () {
      server.commit("lib", { code: "library" })
      server.commit("outer", { Dockerfile: "FROM a" })
      // Added by a path: this process, which serves, cannot wait for git and answer it at once.
      server.git("outer", "submodule", "--quiet", "add", `${root}/served/lib.git`, "vendor/lib")
      const modules = `${server.workTree("outer")}/.gitmodules`
      const named = fs.readFileSync(modules, "utf8").replace(`${root}/served`, server.url)
      fs.writeFileSync(modules, named)
      server.commit("outer", {})
      const { tree } = yield* open(git("outer.git"))
      expect(tree.names("vendor/lib")).toEqual(["code"])
      const without = yield* open(git("outer.git?submodules=false"))
      expect(without.tree.names("vendor/lib")).toEqual([])
    })
  )

  it.scoped("keeps .git when asked, without the password it was fetched with", () =>
    Effect.gen(function* () {
      server.commit("kept", { Dockerfile: "FROM a" })
      const address = server.url.replace("//", "//me:secret@")
      const read = GitRef.parse(`${address}/kept.git?keep-git-dir=1`)
      if (read === undefined) return expect.unreachable()
      const source = ContextSource.Git({
        repository: Either.getOrThrow(read),
        access: noAccess,
        dockerfile: undefined
      })
      const { tree } = yield* open(source)
      expect(tree.names(".git")).toContain("HEAD")
      const config = fs.readFileSync(tree.hostPath(".git/config"), "utf8")
      expect(config).toContain("/kept.git")
      expect(config).not.toContain("secret")
    })
  )

  it.scoped("a token goes to its host, and is nowhere in messages", () =>
    Effect.gen(function* () {
      server.commit("private", { Dockerfile: "FROM private" })
      const host = new URL(server.url).host
      const access = (id: string, token: string) => ({
        secrets: new Map([[id, Buffer.from(token)]]),
        agent: undefined
      })
      const allowed = yield* open(git("private.git", undefined, access(`GIT_AUTH_TOKEN.${host}`, "t0ken\n")))
      expect(text(allowed.dockerfile)).toBe("FROM private")
      const other = yield* Effect.flip(
        open(git("private.git", undefined, access("GIT_AUTH_TOKEN.example.com", "t0ken")))
      )
      expect(other.reason).toBe("remote")
      const wrong = yield* Effect.flip(open(git("private.git", undefined, access("GIT_AUTH_TOKEN", "gu355"))))
      expect(wrong.message).not.toContain("gu355")
    })
  )
})

describe("a hostile repository", () => {
  it.scoped("reaches nothing by a submodule of another protocol", () =>
    Effect.gen(function* () {
      server.commit("evil", { Dockerfile: "FROM a" })
      server.commit("local", { stolen: "x" })
      const local = `file://${server.workTree("local")}`
      server.git("evil", "submodule", "--quiet", "add", local, "sub")
      server.commit("evil", {})
      const refused = yield* Effect.flip(open(git("evil.git")))
      expect(refused.message).toContain("transport 'file' not allowed")
    })
  )

  it.scoped("leads out of its tree by no link: not as a subdirectory, not as a Dockerfile", () =>
    Effect.gen(function* () {
      server.commit("links", { Dockerfile: "-> /etc/passwd", out: "-> /etc", deep: "-> ..", ok: "1" })
      const below = yield* Effect.flip(open(git("links.git#:out")))
      expect(below.message).toBe('git subpath "out" contains non-directory "out"')
      const dockerfile = yield* Effect.flip(open(git("links.git")))
      expect(dockerfile.message).toContain("no such file or directory")
    })
  )

  it.scoped("runs no hook or filter, and reads no settings of this host", () =>
    Effect.gen(function* () {
      const canary = `${root}/canary`
      server.commit("filters", { Dockerfile: "FROM a", ".gitattributes": "* filter=evil\n", data: "plain" })
      const home = `${root}/home`
      fs.mkdirSync(`${home}/templates/hooks`, { recursive: true })
      fs.writeFileSync(`${home}/templates/hooks/post-checkout`, `#!/bin/sh\ntouch ${canary}\n`, {
        mode: 0o755
      })
      fs.writeFileSync(
        `${home}/.gitconfig`,
        `[init]\ntemplateDir = ${home}/templates\n[filter "evil"]\nsmudge = "touch ${canary}; cat"\n`
      )
      const before = { ...process.env }
      Object.assign(process.env, {
        HOME: home,
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.hooksPath",
        GIT_CONFIG_VALUE_0: `${home}/templates/hooks`,
        GIT_TEMPLATE_DIR: `${home}/templates`,
        GIT_DIR: "/nonexistent"
      })
      const { tree } = yield* Effect.ensuring(
        open(git("filters.git")),
        Effect.sync(() => {
          process.env = before
        })
      )
      expect(fs.readFileSync(tree.hostPath("data"), "utf8")).toBe("plain")
      expect(fs.existsSync(canary)).toBe(false)
    })
  )

  it.scoped("no git on this host is said so", () =>
    Effect.gen(function* () {
      server.commit("plain", { Dockerfile: "FROM a" })
      const path = process.env["PATH"]
      process.env["PATH"] = "/nonexistent"
      const missing = yield* Effect.ensuring(
        Effect.flip(open(git("plain.git"))),
        Effect.sync(() => {
          process.env["PATH"] = path
        })
      )
      expect(missing.message).toBe(
        `${server.url}/plain.git is a git repository, and this host has no program "git" to fetch it with: install git`
      )
    })
  )
})

describe("a file of the web", () => {
  const served = (name: string) => `${root}/served/${name}`
  const url = (name: string, dockerfile?: string | Uint8Array) =>
    ContextSource.Url({ url: `${server.url}/${name}`, dockerfile })

  it.scoped("is a context as a tar, plain or compressed, and a Dockerfile as a text", () =>
    Effect.gen(function* () {
      fs.mkdirSync(`${root}/t`)
      fs.writeFileSync(`${root}/t/Dockerfile`, "FROM archived")
      fs.writeFileSync(`${root}/t/other`, "FROM other")
      execFileSync("tar", ["-C", `${root}/t`, "-cf", served("c.tar"), "."])
      execFileSync("tar", ["-C", `${root}/t`, "-czf", served("c.tgz"), "."])
      fs.writeFileSync(served("Dockerfile.txt"), "FROM text")
      for (const name of ["c.tar", "c.tgz"]) {
        const { dockerfile, tree } = yield* open(url(name))
        expect([text(dockerfile), tree.names("")]).toEqual(["FROM archived", ["Dockerfile", "other"]])
      }
      expect(text((yield* open(url("c.tar", "other"))).dockerfile)).toBe("FROM other")
      const alone = yield* open(url("Dockerfile.txt"))
      expect([text(alone.dockerfile), alone.dockerfileName, alone.tree.names("")]).toEqual([
        "FROM text",
        "-",
        []
      ])
      const absent = yield* Effect.flip(open(url("nothing")))
      expect(absent.message).toBe(`invalid response status 404 for ${server.url}/nothing`)
    })
  )

  it.scoped("named contexts: a directory with its ignore file, a repository, an archive, a file", () =>
    Effect.gen(function* () {
      fs.mkdirSync(`${root}/n`)
      for (const [name, content] of Object.entries({ ".dockerignore": "drop", drop: "", keep: "" }))
        fs.writeFileSync(`${root}/n/${name}`, content)
      execFileSync("tar", ["-C", `${root}/n`, "-cf", served("n.tar"), "keep"])
      fs.writeFileSync(served("one"), "just this")
      const directory = yield* openTree(TreeSource.Directory({ path: `${root}/n` }))
      expect(directory.names("")).toEqual([".dockerignore", "keep"])
      const archive = yield* openTree(TreeSource.Url({ url: `${server.url}/n.tar` }))
      expect(archive.names("")).toEqual(["keep"])
      const file = yield* openTree(TreeSource.Url({ url: `${server.url}/one` }))
      expect(file.names("")).toEqual(["context"])
    })
  )

  it.scoped("has the time of its archive's newest file, a commit its own, a text and a directory none", () =>
    Effect.gen(function* () {
      fs.mkdirSync(`${root}/times/deep`, { recursive: true })
      for (const [name, seconds] of [
        ["Dockerfile", 1_400_000_000],
        ["deep/newest", 1_450_000_000]
      ] as const) {
        fs.writeFileSync(`${root}/times/${name}`, "FROM a")
        fs.utimesSync(`${root}/times/${name}`, seconds, seconds)
      }
      execFileSync("tar", ["-C", `${root}/times`, "-cf", served("times.tar"), "."])
      fs.writeFileSync(served("times.txt"), "FROM text")
      server.commit("times", { Dockerfile: "FROM a" })
      const bytes = Stream.make(fs.readFileSync(served("times.tar")))
      const times = yield* Effect.forEach(
        [
          url("times.tar"),
          url("times.txt"),
          ContextSource.Piped({ bytes, dockerfile: undefined }),
          git("times.git"),
          ContextSource.Directory({ path: `${root}/times`, dockerfile: undefined })
        ],
        (source) => Effect.map(open(source), ({ time }) => time)
      )
      expect(times).toEqual([1_450_000_000, undefined, 1_450_000_000, 1_500_000_000, undefined])
      const timeOf = (source: TimedSource) =>
        provided(Effect.flatMap(BuildContext, (contexts) => contexts.timeOf(source)))
      const { repository } = git("times.git")
      expect(yield* timeOf({ _tag: "Git", repository, access: noAccess })).toBe(1_500_000_000)
      expect(yield* timeOf({ _tag: "Url", url: `${server.url}/times.tar` })).toBe(1_450_000_000)
      const wrong = {
        _tag: "Url",
        url: `${server.url}/times.tar`,
        checksum: `sha256:${"0".repeat(64)}`
      } as const
      expect((yield* Effect.flip(timeOf(wrong))).message).toContain("digest mismatch")
    })
  )
})
