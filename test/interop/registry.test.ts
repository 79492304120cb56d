import * as path from "node:path"
import { describe, expect } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Digest from "../../src/core/oci/Digest.js"
import { Password } from "../../src/edge/registry/Credentials.js"
import { RegistryClient } from "../../src/edge/registry/RegistryClient.js"
import { ImageStore } from "../../src/edge/store/ImageStore.js"
import * as Pull from "../../src/engine/Pull.js"
import * as Push from "../../src/engine/Push.js"
import { amd64, reference, withTransfer } from "../engine/transfer.js"
import * as DebianRegistry from "../support/registry/DebianRegistry.js"
import * as LayoutDirectory from "../support/registry/LayoutDirectory.js"
import { needs, program, run } from "../support/registry/Program.js"
import * as TestImage from "../support/registry/TestImage.js"
import { temporaryDirectory } from "../support/store/TemporaryStore.js"

const skopeo = program("skopeo")
const podman = program("podman")
const quiet = () => Effect.void
const me = Password({ username: "me", password: Redacted.make("hunter2") })

const image = Effect.gen(function* () {
  const base = [
    { name: "etc/", type: "directory" as const },
    { name: "etc/motd", content: "hello\n".repeat(500) }
  ]
  const top = [
    { name: "bin/", type: "directory" as const },
    { name: "bin/x", content: "#!", mode: 0o755 }
  ]
  return TestImage.image([
    TestImage.gzipped(yield* TestImage.tar(base)),
    TestImage.gzipped(yield* TestImage.tar(top))
  ])
})

const digestOf = (name: string, ...flags: ReadonlyArray<string>) =>
  Effect.map(
    run("skopeo", ["inspect", "--tls-verify=false", ...flags, "--format", "{{.Digest}}", `docker://${name}`]),
    (text) => text.trim()
  )

const pull = (name: string) => Pull.pull({ reference: reference(name), wanted: amd64 }, quiet)

const withRegistry = needs(["docker-registry", DebianRegistry.installed], ["skopeo", skopeo])

const formats: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["OCI with gzip", ["--format", "oci"]],
  ["Docker's schema 2", ["--format", "v2s2"]],
  ["OCI with zstd", ["--format", "oci", "--dest-compress", "--dest-compress-format", "zstd"]]
]

describe(`distribution's registry${withRegistry.note}`, () => {
  for (const [what, flags] of formats) {
    withRegistry.test(`${what}: what skopeo wrote is pulled, pushed again, and the same to skopeo`, () =>
      withTransfer(() =>
        Effect.gen(function* () {
          const directory = yield* temporaryDirectory
          const host = yield* DebianRegistry.start(path.join(directory, "registry"), "open")
          const made = yield* image
          LayoutDirectory.write(path.join(directory, "layout"), "1", made)
          const name = `${host}/team/app:1`
          const layout = `oci:${directory}/layout:1`
          yield* run("skopeo", [
            "copy",
            "-q",
            "--dest-tls-verify=false",
            ...flags,
            layout,
            `docker://${name}`
          ])
          const pulled = yield* pull(name)
          expect(pulled.digest).toBe(yield* digestOf(name))
          expect(pulled.image.record.layers.map(({ diffId }) => diffId)).toEqual(
            made.layers.map(({ tar }) => Digest.ofBytes(tar))
          )
          const copy = `${host}/team/copy:2`
          yield* (yield* ImageStore).tag(pulled.image.record.id, copy)
          const { digest } = yield* Push.push(reference(copy), quiet)
          expect(digest).toBe(pulled.digest)
          expect(yield* digestOf(copy)).toBe(digest)
          yield* run("skopeo", [
            "copy",
            "-q",
            "--src-tls-verify=false",
            `docker://${copy}`,
            `oci:${directory}/back:2`
          ])
        })
      )
    )
  }

  withRegistry.test("htpasswd: pulls and pushes with the password, and not without", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const host = yield* DebianRegistry.start(path.join(directory, "registry"), "htpasswd")
      LayoutDirectory.write(path.join(directory, "layout"), "1", yield* image)
      const name = `${host}/team/app:1`
      const flags = ["copy", "-q", "--dest-tls-verify=false", "--dest-creds", "me:hunter2"]
      yield* run("skopeo", [...flags, `oci:${directory}/layout:1`, `docker://${name}`])
      yield* withTransfer(
        () =>
          Effect.gen(function* () {
            const { digest, image } = yield* pull(name)
            const copy = `${host}/team/copy:1`
            yield* (yield* ImageStore).tag(image.record.id, copy)
            yield* Push.push(reference(copy), quiet)
            expect(yield* digestOf(copy, "--creds", "me:hunter2")).toBe(digest)
            expect(yield* (yield* RegistryClient).login(host, me)).toEqual(Option.none())
            const wrong = Password({ username: "me", password: Redacted.make("wrong") })
            const refused = yield* Effect.flip((yield* RegistryClient).login(host, wrong))
            expect(refused.message).toMatch(
              /^login attempt to http:\/\/.*\/v2\/ failed with status: 401 Unauthorized/
            )
          }),
        me
      )
      yield* withTransfer(() =>
        Effect.gen(function* () {
          const refused = yield* Effect.flip(pull(name))
          expect(refused.message).toMatch(
            /repository does not exist or may require 'kasane login 127\.0\.0\.1:\d+'/
          )
        })
      )
    }).pipe(Effect.scoped)
  )

  withRegistry.test("tags, deletion and errors are those of the real thing", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const directory = yield* temporaryDirectory
        const host = yield* DebianRegistry.start(path.join(directory, "registry"), "open")
        LayoutDirectory.write(path.join(directory, "layout"), "1", yield* image)
        for (const tag of ["a", "b", "c"]) {
          const target = `docker://${host}/app:${tag}`
          yield* run("skopeo", ["copy", "-q", "--dest-tls-verify=false", `oci:${directory}/layout:1`, target])
        }
        const client = yield* RegistryClient
        const app = { domain: host, path: "app" }
        const tags = Effect.map(Stream.runCollect(client.tags(app)), Chunk.toReadonlyArray)
        expect([...(yield* tags)].sort()).toEqual(["a", "b", "c"])
        expect(yield* Effect.map(Stream.runCollect(client.catalog(host)), Chunk.toReadonlyArray)).toEqual([
          "app"
        ])
        const missing = yield* Effect.flip(client.manifest(app, "d"))
        expect(missing.message).toBe(
          `manifest for ${host}/app:d not found: manifest unknown: manifest unknown`
        )
        const { digest } = yield* client.resolve(app, "a")
        yield* client.deleteManifest(app, digest)
        expect(yield* Effect.flip(client.resolve(app, "a"))).toMatchObject({ reason: "NotFound" })
      })
    )
  )

  const withPodman = needs(
    ["docker-registry", DebianRegistry.installed],
    ["skopeo", skopeo],
    ["podman", podman]
  )
  withPodman.test(`podman pulls what was pushed, and sees the same image${withPodman.note}`, () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const directory = yield* temporaryDirectory
        const host = yield* DebianRegistry.start(path.join(directory, "registry"), "open")
        LayoutDirectory.write(path.join(directory, "layout"), "1", yield* image)
        const name = `${host}/team/app:1`
        const layout = `oci:${directory}/layout:1`
        yield* run("skopeo", ["copy", "-q", "--dest-tls-verify=false", layout, `docker://${name}`])
        const { record } = (yield* pull(name)).image
        const copy = `${host}/team/copy:1`
        yield* (yield* ImageStore).tag(record.id, copy)
        yield* Push.push(reference(copy), quiet)
        const own = [
          "--root",
          `${directory}/podman`,
          "--runroot",
          `${directory}/run`,
          "--storage-driver",
          "vfs"
        ]
        yield* run("podman", [...own, "pull", "-q", "--tls-verify=false", copy])
        const id = yield* run("podman", [...own, "image", "inspect", "--format", "{{.Id}}", copy])
        expect(`sha256:${id.trim()}`).toBe(record.id)
      })
    )
  )
})
