import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as zlib from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Digests from "../../src/core/oci/Digest.js"
import { BlobStore } from "../../src/edge/store/BlobStore.js"
import { ContainerStore } from "../../src/edge/store/ContainerStore.js"
import { ImageStore } from "../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../src/edge/store/LayerStore.js"
import { check } from "../../src/engine/Check.js"
import { diff } from "../../src/engine/Diff.js"
import { exportContainer } from "../../src/engine/Export.js"
import { importImage } from "../../src/engine/Import.js"
import { load } from "../../src/engine/Load.js"
import * as Prune from "../../src/engine/Prune.js"
import * as PruneFilter from "../../src/engine/PruneFilter.js"
import { save } from "../../src/engine/Save.js"
import * as Containers from "../support/store/Containers.js"
import * as Layers from "../support/store/Layers.js"
import { withStore } from "../support/store/TemporaryStore.js"

const platform = { os: "linux", architecture: "amd64" }
const wanted = { platform, isAsked: false }
const base = Layers.gzipLayer([
  { path: "etc/" },
  { path: "etc/old", content: "old" },
  { path: "gone", content: "g" }
])
const upper = Layers.gzipLayer([{ path: "etc/new", content: "new" }, { path: ".wh.gone" }])
const name = "docker.io/library/x:1"

const whole = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) =>
  Effect.map(Stream.runCollect(bytes), (chunks) => Buffer.concat(Chunk.toReadonlyArray(chunks)))

const saved = Effect.gen(function* () {
  const { record } = yield* Layers.store([base, upper], { names: [name] })
  return { id: record.id, manifest: record.manifest.digest, archive: yield* whole(save(["x:1"])) }
})

const listing = (archive: Uint8Array): ReadonlyArray<string> =>
  execFileSync("tar", ["-t"], { input: archive, encoding: "utf8" }).trim().split("\n")

describe("save and load", () => {
  it.live("bring an image back with its id, its manifest and its name, plain or compressed", () =>
    Effect.gen(function* () {
      const { id, manifest, archive } = yield* withStore(() => saved)
      for (const bytes of [archive, zlib.gzipSync(archive)])
        yield* withStore(() =>
          Effect.gen(function* () {
            expect(yield* load({ bytes: Layers.opener(bytes, 5000)(0), wanted })).toEqual([
              { id, names: ["x:1"], replaced: [] }
            ])
            expect((yield* (yield* ImageStore).resolve("x:1")).record.manifest.digest).toBe(manifest)
            expect((yield* check).problems).toEqual([])
          })
        )
    })
  )

  it.live("understand what docker save wrote before it wrote layouts", () =>
    withStore(() =>
      Effect.gen(function* () {
        const plain = Layers.tar([{ path: "a", content: "a" }])
        const config = Buffer.from(
          JSON.stringify({
            architecture: "amd64",
            os: "linux",
            rootfs: { type: "layers", diff_ids: [Digests.ofBytes(plain)] }
          })
        )
        const archive = (layer: Uint8Array) =>
          Layers.tar([
            { path: "c.json", content: config },
            { path: "1/layer.tar", content: layer },
            {
              path: "manifest.json",
              content: JSON.stringify([{ Config: "c.json", RepoTags: ["old:1"], Layers: ["1/layer.tar"] }])
            }
          ])
        const id = Digests.ofBytes(config)
        for (const layer of [plain, zlib.gzipSync(plain)])
          expect(yield* load({ bytes: Stream.make(archive(layer)), wanted })).toEqual([
            { id, names: ["old:1"], replaced: [] }
          ])
        const wrong = Layers.tar([{ path: "b", content: "b" }])
        yield* (yield* ImageStore).remove("old:1", { force: true, prune: true })
        const failed = yield* Effect.flip(load({ bytes: Stream.make(archive(wrong)), wanted }))
        expect(failed.message).toMatch(/^invalid archive: layer 1\/layer.tar is sha256:/)
        expect(yield* (yield* ImageStore).list).toEqual([])
      })
    )
  )

  it.live("skopeo and umoci read the archive and the store itself as image layouts", () =>
    withStore((dir) =>
      Effect.gen(function* () {
        const { archive } = yield* saved
        fs.writeFileSync(`${dir}/../a.tar`, archive)
        const inspect = (where: string): string =>
          execFileSync("skopeo", ["inspect", "--format", "{{.Architecture}} {{len .Layers}}", where], {
            encoding: "utf8"
          })
        expect(inspect(`oci:${dir}:1`)).toBe("amd64 2\n")
        expect(inspect(`docker-archive:${dir}/../a.tar:x:1`)).toBe("amd64 2\n")
        expect(execFileSync("umoci", ["ls", "--layout", dir], { encoding: "utf8" })).toBe("1\n")
        execFileSync("umoci", ["unpack", "--image", `${dir}:1`, `${dir}/../bundle`])
        expect(fs.readFileSync(`${dir}/../bundle/rootfs/etc/new`, "utf8")).toBe("new")
        expect(fs.existsSync(`${dir}/../bundle/rootfs/gone`)).toBe(false)
      })
    )
  )

  it.live("of an unknown image fail before anything is written", () =>
    withStore(() =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(whole(save(["nosuch"])))
        expect(error).toMatchObject({ reason: "Missing", message: "No such image: nosuch" })
      })
    )
  )
})

describe("import", () => {
  it.live("makes an image of one layer, with its changes", () =>
    withStore(() =>
      Effect.gen(function* () {
        const bytes = zlib.gzipSync(Layers.tar([{ path: "a", content: "a" }]))
        const request = { name: "made", message: "m", platform, changes: ['CMD ["/a"]'] }
        const id = yield* importImage({ ...request, bytes: Stream.make(bytes) })
        const { config } = yield* (yield* ImageStore).config(id)
        expect(config).toMatchObject({ config: { Cmd: ["/a"] }, history: [{ comment: "m" }] })
        expect((yield* (yield* ImageStore).resolve("made:latest")).record.id).toBe(id)
        const refused = yield* Effect.flip(
          importImage({ ...request, changes: ["RUN x"], bytes: Stream.make(bytes) })
        )
        expect(refused.message).toBe("RUN is not a valid change command")
        expect((yield* check).problems).toEqual([])
      })
    )
  )
})

describe("a container's files", () => {
  // Seeing a container's files as a whole is mounting an overlay.
  it.live("are exported and compared with the image", () =>
    withStore(() =>
      Effect.gen(function* () {
        const { record } = yield* Layers.store([base, upper], { names: [name] })
        const container = Containers.record(record.id, Layers.chainOf([base, upper]))
        const { paths } = yield* (yield* ContainerStore).create(container)
        fs.mkdirSync(`${paths.upper}/etc`)
        fs.writeFileSync(`${paths.upper}/etc/mine`, "mine")
        fs.writeFileSync(`${paths.upper}/etc/hosts`, "")
        expect(yield* diff(container.name)).toEqual([
          { kind: "changed", path: "/etc" },
          { kind: "added", path: "/etc/mine" }
        ])
        expect(listing(yield* whole(exportContainer(container.name)))).toEqual([
          "etc/",
          "etc/hosts",
          "etc/mine",
          "etc/new",
          "etc/old"
        ])
      })
    )
  )
})

describe("prune", () => {
  it.live("takes stopped containers, then images that nothing uses, and gives their bytes back", () =>
    withStore(() =>
      Effect.gen(function* () {
        const { record } = yield* Layers.store([base, upper], { names: [name] })
        const container = Containers.record(record.id, Layers.chainOf([base, upper]))
        yield* (yield* ContainerStore).create(container)
        const all = { all: true, filter: PruneFilter.none }
        expect((yield* Prune.images(all)).removed).toEqual([])
        expect((yield* Prune.containers(PruneFilter.none)).removed).toEqual([container.id])
        const pruned = yield* Prune.images({ ...all, all: false })
        expect(pruned).toEqual({ removed: [], reclaimedBytes: 0 })
        const { removed, reclaimedBytes } = yield* Prune.images(all)
        expect(removed[0]).toEqual({ _tag: "Untagged", reference: "x:1" })
        expect(reclaimedBytes).toBeGreaterThan(base.bytes.length + upper.bytes.length)
        expect(yield* (yield* BlobStore).list).toEqual([])
        expect(yield* (yield* LayerStore).list).toEqual([])
      })
    )
  )
})

describe("check", () => {
  it.live("finds a damaged blob, a missing layer and a changed file", () =>
    withStore((dir) =>
      Effect.gen(function* () {
        yield* Layers.store([base, upper], { names: [name] })
        expect((yield* check).problems).toEqual([])
        fs.appendFileSync(`${dir}/blobs/sha256/${Digests.hex(base.blob.digest)}`, "x")
        fs.appendFileSync(`${dir}/layers/${Digests.hex(base.diffId)}/diff/etc/old`, "x")
        fs.rmSync(`${dir}/layers/${Digests.hex(Layers.chainOf([base, upper]))}/layer.json`)
        const subjects = (yield* check).problems.map(({ subject }) => subject)
        expect(new Set(subjects)).toEqual(
          new Set([base.blob.digest, base.diffId, Layers.chainOf([base, upper])])
        )
      })
    )
  )
})
