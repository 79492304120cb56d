import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Chain from "../../../src/core/layer/ChainId.js"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as ContainerState from "../../../src/core/store/ContainerState.js"
import * as Reachability from "../../../src/core/store/Reachability.js"
import * as ReferenceTable from "../../../src/core/store/ReferenceTable.js"

const manifest = (text: string) => ({ mediaType: "m", digest: Digests.ofBytes(text), size: 1 })

describe("the table of names", () => {
  const name = FastCheck.constantFrom("a:1", "a:2", "host:5000/b:1")
  const target = FastCheck.constantFrom("x", "y")

  it.prop(
    "holds each name once, with what was set last",
    [FastCheck.array(FastCheck.tuple(name, target))],
    ([steps]) => {
      const table = steps.reduce(
        (made, [key, to]) => ReferenceTable.set(made, key, manifest(to)),
        ReferenceTable.empty
      )
      const last = new Map(steps)
      expect(ReferenceTable.entries(table).map((entry) => [entry.name, entry.manifest.digest])).toEqual(
        [...last].sort().map(([key, to]) => [key, Digests.ofBytes(to)])
      )
      for (const key of last.keys())
        expect(ReferenceTable.find(ReferenceTable.remove(table, key), key)).toBeUndefined()
    }
  )

  it("keeps the tag where OCI tools look for it, and what others wrote", () => {
    const theirs = { ...manifest("z"), annotations: { [ReferenceTable.tagAnnotation]: "v1" } }
    const table = ReferenceTable.set(
      { ...ReferenceTable.empty, manifests: [theirs] },
      "host:5000/b:1",
      manifest("x")
    )
    expect(table.manifests[0]).toEqual(theirs)
    expect(table.manifests[1]?.annotations).toEqual({
      "io.containerd.image.name": "host:5000/b:1",
      "org.opencontainers.image.ref.name": "1"
    })
  })
})

describe("the state of a container", () => {
  const process = { bootId: "b", pid: 1, startTicks: "7" }
  const running = { ...ContainerState.created, status: "running" as const, process }
  const seen = { isProcessAlive: false, isMonitorAlive: false, exit: undefined }

  it("is as recorded while its process or its monitor lives", () => {
    expect(ContainerState.observe(running, { ...seen, isProcessAlive: true })).toBe(running)
    expect(ContainerState.observe(running, { ...seen, isMonitorAlive: true })).toBe(running)
  })

  it("is exited with what the monitor wrote", () => {
    const exit = { code: 3, oomKilled: true, finishedAt: "2024" }
    expect(ContainerState.observe(running, { ...seen, exit })).toEqual({
      ...ContainerState.created,
      status: "exited",
      exitCode: 3,
      oomKilled: true,
      finishedAt: "2024"
    })
  })

  it("is exited with 255 after a reboot", () => {
    const { process: _, ...rest } = running
    const again = { ...running, finishedAt: "2024" }
    expect(ContainerState.observe(again, seen)).toEqual({ ...rest, status: "exited", exitCode: 255 })
  })
})

describe("what is reachable", () => {
  const layers = ["l1", "l2"].map((text) => ({
    diffId: Digests.ofBytes(text),
    blob: manifest(`b${text}`),
    sizeBytes: 1
  }))
  const chains = Chain.all(layers.map((layer) => layer.diffId))
  const image = {
    id: Digests.ofBytes("c"),
    manifest: manifest("m"),
    config: manifest("c"),
    layers,
    architecture: "amd64",
    os: "linux",
    labels: {},
    repoDigests: []
  }
  const none = {
    table: ReferenceTable.empty,
    images: [],
    indexes: [],
    containers: [],
    leased: new Set<Digests.Digest>()
  }
  const parentOf = (chainId: Chain.ChainId) => (chainId === chains[1] ? chains[0] : undefined)

  it("is nothing without roots", () => {
    expect(Reachability.reachable(none, parentOf)).toEqual({ blobs: new Set(), chains: new Set() })
  })

  it("is all that an image is made of", () => {
    const found = Reachability.reachable({ ...none, images: [image] }, parentOf)
    expect(found.chains).toEqual(new Set(chains))
    expect(found.blobs).toEqual(new Set(["m", "c", "bl1", "bl2"].map((text) => Digests.ofBytes(text))))
  })

  it("is a leased layer with all below it", () => {
    const leased = new Set<Digests.Digest>(chains.slice(1))
    expect(Reachability.reachable({ ...none, leased }, parentOf).chains).toEqual(
      new Set([...chains, ...[]].reverse())
    )
  })
})
