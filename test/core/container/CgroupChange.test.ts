import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Cgroup from "../../../src/core/container/Cgroup.js"
import * as CgroupChange from "../../../src/core/container/CgroupChange.js"
import type {
  CgroupLayout,
  CgroupSettings,
  ContainerCgroup
} from "../../../src/core/container/CgroupSettings.js"

const v2: CgroupLayout = {
  _tag: "V2",
  mountPoint: "/c",
  parent: "/c/k",
  controllers: ["memory", "cpu", "pids"]
}
const v1: CgroupLayout = {
  _tag: "V1",
  hierarchies: ["memory", "cpu", "pids"].map((name) => ({
    controllers: [name],
    mountPoint: `/c/${name}`,
    parent: `/c/${name}/k`
  }))
}
const group = (layout: CgroupLayout, settings: Omit<CgroupSettings, "devices">): ContainerCgroup => ({
  layout,
  name: "x",
  settings: { ...settings, devices: [] },
  reasons: {}
})
const files = (writes: ReadonlyArray<Cgroup.CgroupWrite>) =>
  new Map(writes.map(({ path, text }) => [path, text]))
const settings = FastCheck.record(
  {
    memory: FastCheck.constantFrom(1, 2, 4).map((n) => n << 24),
    memorySwap: FastCheck.constantFrom(4, 8, 16).map((n) => n << 24),
    cpuShares: FastCheck.integer({ min: 2, max: 1024 }),
    cpuQuota: FastCheck.integer({ min: 1000, max: 100_000 }),
    pidsLimit: FastCheck.integer({ min: -1, max: 100 }).filter((n) => n !== 0)
  },
  { requiredKeys: [] }
)

describe("changing the limits of a running container", () => {
  it.prop(
    "leaves every file as if it had been started with them, and writes no more than that",
    [FastCheck.constantFrom(v1, v2), settings, settings],
    ([layout, old, asked]) => {
      const before = group(layout, old)
      // An update adds to what there is; nothing but the number of processes can be taken back by leaving it out.
      const after = group(layout, { ...old, ...asked })
      const changes = CgroupChange.changes(before, after)
      const had = files(Cgroup.plan(before).writes)
      const reached = new Map([...had, ...files(changes)])
      expect(reached).toEqual(files(Cgroup.plan(after).writes))
      for (const { path, text } of changes) expect(had.get(path)).not.toBe(text)
    }
  )

  it("raises memory and swap together before memory alone, and lowers them after it", () => {
    const order = (old: number, next: number) =>
      CgroupChange.changes(
        group(v1, { memory: old, memorySwap: old * 2 }),
        group(v1, { memory: next, memorySwap: next * 2 })
      ).map(({ path }) => path.slice(path.lastIndexOf("/") + 1))
    expect(order(1 << 24, 1 << 26)).toEqual(["memory.memsw.limit_in_bytes", "memory.limit_in_bytes"])
    expect(order(1 << 26, 1 << 24)).toEqual(["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"])
  })

  it("takes a limit away that is no longer asked for", () => {
    expect(
      CgroupChange.changes(group(v2, { pidsLimit: 5 }), group(v2, {})).map(({ path, text }) => [path, text])
    ).toEqual([["/c/k/x/pids.max", "max"]])
  })
})
