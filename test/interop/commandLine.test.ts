import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Digest from "../../src/core/oci/Digest.js"
import { kasane, type Result, root } from "../support/Kasane.js"
import * as DebianRegistry from "../support/registry/DebianRegistry.js"
import * as LayoutDirectory from "../support/registry/LayoutDirectory.js"
import { needs, program, run } from "../support/registry/Program.js"
import * as TestImage from "../support/registry/TestImage.js"
import { temporaryDirectory } from "../support/store/TemporaryStore.js"
import * as Unprivileged from "../support/Unprivileged.js"

/** The real command line against distribution's registry, side by side with the programs that people come from. */

const image = (name: string, docker: boolean) =>
  Effect.map(TestImage.tar([{ name, content: `${name}\n`.repeat(2000) }]), (tar) =>
    TestImage.image([TestImage.gzipped(tar)], { docker })
  )

const world = (auth: "open" | "htpasswd") =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    const host = yield* DebianRegistry.start(path.join(dir, "registry"), auth)
    const config = path.join(dir, "docker")
    fs.mkdirSync(config)
    const env = { ...process.env, DOCKER_CONFIG: config }
    const k = kasane({ ...root, env }, path.join(dir, "store"))
    const ok = (...args: ReadonlyArray<string>) => Effect.promise(() => k.ok(args))
    const bad = (...args: ReadonlyArray<string>): Effect.Effect<Result> => Effect.promise(() => k.run(args))
    return { dir, host, config, env, k, ok, bad }
  })

const registry = needs(["docker-registry", DebianRegistry.installed])

describe(`the command line and distribution's registry${registry.note}`, () => {
  registry.test("login, push, copy, pull, logout", () =>
    Effect.gen(function* () {
      const { bad, config, dir, host, k, ok } = yield* world("htpasswd")
      const made = yield* image("a", false)
      LayoutDirectory.write(path.join(dir, "layout"), "1", made)
      const name = `${host}/team/app:1`
      yield* ok("copy", "-q", `oci:${dir}/layout:1`, `store:${name}`)
      const refused = yield* bad("push", name)
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain(`log in with 'kasane login ${host}'`)
      const wrong = yield* Effect.promise(() =>
        k.run(["login", "-u", "me", "--password-stdin", host], { input: "wrong\n" })
      )
      expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("401 Unauthorized")])
      const login = yield* Effect.promise(() =>
        k.run(["login", "-u", "me", "--password-stdin", host], { input: "hunter2\n" })
      )
      expect([login.code, login.stdout]).toEqual([0, "Login Succeeded\n"])
      const kept = JSON.parse(fs.readFileSync(path.join(config, "config.json"), "utf8"))
      expect(Object.keys(kept.auths)).toEqual([host])
      expect(fs.statSync(path.join(config, "config.json")).mode & 0o777).toBe(0o600)

      const pushed = yield* ok("push", name)
      const layer = Digest.short(Digest.ofBytes(made.layers[0]?.tar ?? ""))
      expect(pushed).toBe(
        [
          `The push refers to repository [${host}/team/app]`,
          `${layer}: Preparing`,
          `${layer}: Pushed`,
          `1: digest: ${made.digest} size: ${made.manifest.length}`,
          ""
        ].join("\n")
      )
      expect(yield* ok("copy", "-q", `docker://${name}`, `docker://${host}/team/copy:2`)).toBe(
        `${made.digest}\n`
      )
      expect(yield* ok("registry", "tags", `${host}/team/copy`)).toBe("2\n")
      expect(JSON.parse(yield* ok("registry", "referrers", name))).toMatchObject({ manifests: [] })
      yield* ok("rmi", "-f", name)
      const blob = Digest.short(Digest.ofBytes(made.layers[0]?.blob ?? ""))
      expect(yield* ok("pull", `${host}/team/copy:2`)).toBe(
        [
          "2: Pulling from team/copy",
          `${blob}: Pulling fs layer`,
          `${blob}: Verifying Checksum`,
          `${blob}: Download complete`,
          `${blob}: Pull complete`,
          `Digest: ${made.digest}`,
          `Status: Downloaded newer image for ${host}/team/copy:2`,
          `${host}/team/copy:2`,
          ""
        ].join("\n")
      )
      expect(yield* ok("pull", "-q", `${host}/team/copy:2`)).toBe(`${host}/team/copy:2\n`)
      expect(yield* ok("registry", "rm", name)).toBe(`Deleted: ${host}/team/app@${made.digest}\n`)
      const gone = yield* bad("registry", "rm", name)
      expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining(`manifest for ${name} not found`)])
      expect(yield* ok("logout", host)).toBe(`Removing login credentials for ${host}\n`)
      expect((yield* bad("pull", `${host}/team/app:1`)).stderr).toContain("may require 'kasane login")
    }).pipe(Effect.scoped)
  )

  const rootless = needs(
    ["docker-registry", DebianRegistry.installed],
    ["useradd (as root)", process.getuid?.() === 0 ? program("useradd") : undefined]
  )
  rootless.test(`an ordinary user pulls, copies and pushes${rootless.note}`, () =>
    Effect.gen(function* () {
      const { dir, host, ok } = yield* world("open")
      const user = yield* Effect.acquireRelease(
        Effect.sync(() => Unprivileged.create()),
        (user) => Effect.sync(() => user.remove())
      )
      const made = yield* image("a", true)
      LayoutDirectory.write(path.join(dir, "layout"), "1", made)
      const name = `${host}/team/app:1`
      yield* ok("copy", "-q", `oci:${dir}/layout:1`, `docker://${name}`)
      const k = kasane(user, path.join(user.home, "store"))
      const mine = (...args: ReadonlyArray<string>) => Effect.promise(() => k.ok(args))
      expect(yield* mine("pull", "-q", name)).toBe(`${name}\n`)
      yield* mine("copy", "-q", `store:${name}`, `oci:${user.home}/layout:1`)
      expect(fs.statSync(path.join(user.home, "layout/index.json")).uid).toBe(user.uid)
      expect(yield* mine("copy", "-q", `oci:${user.home}/layout:1`, `docker://${host}/team/copy:1`)).toBe(
        `${made.digest}\n`
      )
      yield* mine("tag", name, `${host}/team/pushed:1`)
      expect(yield* mine("push", `${host}/team/pushed:1`)).toContain(`1: digest: ${made.digest} size: `)
      yield* mine("manifest", "create", `${host}/team/list:1`, name)
      expect(yield* mine("manifest", "push", `${host}/team/list:1`)).toMatch(/sha256:[0-9a-f]{64}\n$/)
      yield* mine("system", "prune", "--all", "--force")
    }).pipe(Effect.scoped)
  )

  const docker = needs(["docker-registry", DebianRegistry.installed], ["docker", program("docker")])
  docker.test(`manifest lists are, byte for byte, those that Docker makes${docker.note}`, () =>
    Effect.gen(function* () {
      const { bad, dir, env, host, ok } = yield* world("open")
      for (const [name, isDocker] of [
        ["oci", false],
        ["v2", true]
      ] as const) {
        LayoutDirectory.write(path.join(dir, "layout"), name, yield* image(name, isDocker))
        yield* ok("copy", "-q", `oci:${dir}/layout:${name}`, `docker://${host}/a/${name}:1`)
      }
      const theirs = (...args: ReadonlyArray<string>) => run("docker", ["manifest", ...args], env)
      const ours = (...args: ReadonlyArray<string>) => ok("manifest", ...args)
      for (const images of [["oci", "v2"], ["v2"]]) {
        const list = `${host}/a/list-${images.length}:1`
        const created: Array<string> = []
        for (const say of [theirs, ours]) {
          const text = [
            yield* say("create", "--insecure", list, ...images.map((name) => `${host}/a/${name}:1`)),
            yield* say("annotate", "--arch", "arm64", "--variant", "v8", list, `${host}/a/v2:1`),
            yield* say("inspect", list),
            yield* say("inspect", "-v", list),
            yield* say("inspect", list, `${host}/a/v2:1`),
            yield* say("push", "--insecure", "--purge", list),
            yield* say("inspect", "--insecure", list)
          ]
          created.push(text.join(""))
        }
        expect(created[1]).toBe(created[0])
        expect(created[1]).toMatch(/Pushed ref .* with digest: sha256:/)
      }
      const list = `${host}/a/list-2:1`
      expect(yield* bad("manifest", "push", list)).toMatchObject({
        code: 1,
        stderr: `Error: No such manifest: ${list}\n`
      })
      expect(yield* bad("manifest", "create", `${host}/a/x:1`, list)).toMatchObject({
        code: 1,
        stderr: `Error: ${list} is a manifest list\n`
      })
      yield* ours("create", `${host}/a/x:1`, `${host}/a/v2:1`)
      const again = yield* bad("manifest", "create", `${host}/a/x:1`, `${host}/a/oci:1`)
      expect(again.stderr).toContain("refusing to amend an existing manifest list with no --amend flag")
      yield* ours("create", "--amend", `${host}/a/x:1`, `${host}/a/oci:1`)
      expect(JSON.parse(yield* ours("inspect", `${host}/a/x:1`)).manifests).toHaveLength(2)
      const gone = yield* bad("manifest", "rm", `${host}/a/x:1`, `${host}/a/none:1`)
      expect([gone.code, gone.stderr]).toEqual([1, `Error: No such manifest: ${host}/a/none:1\n`])
    }).pipe(Effect.scoped)
  )
})
