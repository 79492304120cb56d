import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as LocalFile from "../../src/cli/LocalFile.js"
import * as Digest from "../../src/core/oci/Digest.js"
import * as ImageLocation from "../../src/core/oci/ImageLocation.js"
import * as ImageLayoutsFs from "../../src/edge/archive/ImageLayoutsFs.js"
import { ImageStore } from "../../src/edge/store/ImageStore.js"
import { copy } from "../../src/engine/copy/Copy.js"
import { load } from "../../src/engine/Load.js"
import * as Pull from "../../src/engine/Pull.js"
import * as Push from "../../src/engine/Push.js"
import { save } from "../../src/engine/Save.js"
import { amd64, reference, type Transfer, withTransfer } from "../engine/transfer.js"
import * as DebianRegistry from "../support/registry/DebianRegistry.js"
import * as DockerEngine from "../support/registry/DockerEngine.js"
import * as LayoutDirectory from "../support/registry/LayoutDirectory.js"
import { needs, program, run } from "../support/registry/Program.js"
import * as TestImage from "../support/registry/TestImage.js"

/** Each reads what kasane wrote, and kasane reads what each wrote: registries, archives and layouts, digests equal. */

const quiet = () => Effect.void

const image = Effect.gen(function* () {
  const base = [
    { name: "etc/", type: "directory" as const },
    { name: "etc/motd", content: "hello\n".repeat(500) }
  ]
  const top = [
    { name: "etc/.wh.motd" },
    { name: "bin/", type: "directory" as const },
    { name: "bin/x", content: "#!", mode: 0o755 }
  ]
  return TestImage.image([
    TestImage.gzipped(yield* TestImage.tar(base)),
    TestImage.gzipped(yield* TestImage.tar(top))
  ])
})

const copied = (from: string, to: string) =>
  copy(
    {
      from: Either.getOrThrow(ImageLocation.parse(from)),
      to: Either.getOrThrow(ImageLocation.parse(to)),
      selection: { _tag: "One", wanted: amd64 },
      keepsDigests: false,
      files: LocalFile
    },
    quiet
  ).pipe(Effect.provide(ImageLayoutsFs.layer))

const loaded = (file: string) => load({ bytes: LocalFile.read(file), wanted: amd64 })
const saved = (file: string, name: string) => LocalFile.write(file, save([name]))
const idOf = (name: string) =>
  Effect.flatMap(ImageStore, (images) => Effect.map(images.resolve(name), ({ record }) => record.id))

/** kasane's store with {@link image} in it as `store:app:1`, in a directory, and a layout of it. */
const world = <A, E>(use: (dir: string, made: TestImage.TestImage) => Effect.Effect<A, E, Transfer>) =>
  Effect.gen(function* () {
    const made = yield* image
    return yield* withTransfer((store) => {
      const dir = path.dirname(store)
      LayoutDirectory.write(path.join(dir, "given"), "1", made)
      return Effect.zipRight(copied(`oci:${dir}/given:1`, "store:app:1"), use(dir, made))
    })
  })

describe("other engines", () => {
  const docker = needs(
    ["docker-registry", DebianRegistry.installed],
    ["dockerd (as root)", DockerEngine.installed]
  )
  docker.test(
    `Docker's engine${docker.note}`,
    () =>
      world((dir, made) =>
        Effect.gen(function* () {
          const host = yield* DebianRegistry.start(path.join(dir, "registry"), "open")
          const docker = yield* DockerEngine.start(path.join(dir, "docker"))
          const id = Digest.ofBytes(made.config)
          const idThere = (name: string) => docker("image", "inspect", "--format", "{{.Id}}", name)

          // What kasane wrote: a repository and two archives.
          const name = `${host}/team/app:1`
          yield* (yield* ImageStore).tag(id, name)
          const { digest } = yield* Push.push(reference(name), quiet)
          yield* docker("pull", "-q", name)
          expect(yield* idThere(name)).toBe(id)
          expect(yield* docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", name)).toBe(
            `${host}/team/app@${digest}`
          )
          yield* docker("rmi", "-f", id)
          yield* saved(`${dir}/saved.tar`, "app:1")
          expect(yield* docker("load", "-i", `${dir}/saved.tar`)).toBe("Loaded image: app:1")
          expect(yield* idThere("app:1")).toBe(id)
          yield* docker("rmi", "-f", id)
          yield* copied("store:app:1", `docker-archive:${dir}/copied.tar:copied:2`)
          expect(yield* docker("load", "-i", `${dir}/copied.tar`)).toBe("Loaded image: copied:2")
          expect(yield* idThere("copied:2")).toBe(id)

          // What Docker wrote: a repository and an archive, of an image of its own.
          fs.writeFileSync(`${dir}/root.tar`, made.layers[0]?.tar ?? "")
          const theirs = `${host}/their/app:1`
          yield* docker("import", `${dir}/root.tar`, theirs)
          const theirId = yield* idThere(theirs)
          const pushed = /digest: (sha256:\w+)/.exec(yield* docker("push", theirs))?.[1]
          const pulled = yield* Pull.pull({ reference: reference(theirs), wanted: amd64 }, quiet)
          expect([pulled.digest, pulled.image.record.id]).toEqual([pushed, theirId])
          yield* (yield* ImageStore).remove(theirs, { force: true, prune: true })
          yield* docker("save", "-o", `${dir}/their.tar`, theirs)
          expect(yield* loaded(`${dir}/their.tar`)).toEqual([{ id: theirId, names: [theirs], replaced: [] }])
          yield* copied(`docker-archive:${dir}/their.tar`, `oci:${dir}/their:1`)
          yield* copied(`oci:${dir}/their:1`, "store:by-layout:1")
          expect(yield* idOf("by-layout:1")).toBe(theirId)
        })
      ),
    120_000
  )

  const umoci = needs(["umoci", program("umoci")], ["skopeo", program("skopeo")])
  umoci.test(`umoci's layouts${umoci.note}`, () =>
    world((dir, made) =>
      Effect.gen(function* () {
        yield* copied("store:app:1", `oci:${dir}/ours:tag`)
        expect(yield* run("umoci", ["ls", "--layout", `${dir}/ours`])).toBe("tag\n")
        yield* run("umoci", ["unpack", "--image", `${dir}/ours:tag`, `${dir}/bundle`])
        expect(fs.readdirSync(`${dir}/bundle/rootfs/etc`)).toEqual([])
        fs.writeFileSync(`${dir}/bundle/rootfs/etc/added`, "added")
        yield* run("umoci", ["repack", "--image", `${dir}/ours:next`, `${dir}/bundle`])
        yield* run("umoci", ["config", "--config.cmd", "/added", "--image", `${dir}/ours:next`])
        const inspect = (where: string) => run("skopeo", ["inspect", "--format", "{{.Digest}}", where])
        const theirs = (yield* inspect(`oci:${dir}/ours:next`)).trim()
        expect(yield* copied(`oci:${dir}/ours:next`, "store:next:1")).toBe(theirs)
        const { config } = yield* (yield* ImageStore).config(yield* idOf("next:1"))
        expect(config.config?.Cmd).toEqual(["/added"])
        expect(config.rootfs.diff_ids).toHaveLength(made.layers.length + 1)
        expect(yield* copied("store:next:1", `oci:${dir}/back:1`)).toBe(theirs)
        yield* run("umoci", ["stat", "--image", `${dir}/back:1`])
      })
    )
  )

  const podman = needs(["podman", program("podman")], ["skopeo", program("skopeo")])
  podman.test(`podman's and skopeo's archives${podman.note}`, () =>
    world((dir, made) =>
      Effect.gen(function* () {
        const id = Digest.ofBytes(made.config)
        const own = ["--root", `${dir}/podman`, "--runroot", `${dir}/run`, "--storage-driver", "vfs"]
        const podman = (...args: ReadonlyArray<string>) => run("podman", [...own, ...args])
        yield* copied("store:app:1", `oci-archive:${dir}/ours.tar:tag`)
        const digest = yield* run("skopeo", [
          "inspect",
          "--format",
          "{{.Digest}}",
          `oci-archive:${dir}/ours.tar:tag`
        ])
        expect(digest.trim()).toBe(made.digest)
        yield* saved(`${dir}/saved.tar`, "app:1")
        yield* podman("load", "-q", "-i", `${dir}/saved.tar`)
        const there = yield* podman("image", "inspect", "--format", "{{.Id}}", "docker.io/library/app:1")
        expect(`sha256:${there.trim()}`).toBe(id)
        for (const format of ["oci-archive", "docker-archive"]) {
          const file = `${dir}/${format}.tar`
          yield* podman("save", "-q", "--format", format, "-o", file, "docker.io/library/app:1")
          const [first] = yield* loaded(file)
          expect(first?.id).toBe(id)
          yield* copied(`${format}:${file}`, `store:from-${format}:1`)
          expect(yield* idOf(`from-${format}:1`)).toBe(id)
        }
        yield* run("skopeo", ["copy", "-q", `oci-archive:${dir}/ours.tar:tag`, `oci:${dir}/skopeo:tag`])
        expect(yield* copied(`oci:${dir}/skopeo:tag`, "store:round:1")).toBe(made.digest)
      })
    )
  )
})
