import { describe, expect, it } from "@effect/vitest"
import * as Cgroup from "../../../src/core/container/Cgroup.js"
import type {
  CgroupLayout,
  CgroupSettings,
  ContainerCgroup
} from "../../../src/core/container/CgroupSettings.js"
import * as Reason from "../../../src/core/container/Reason.js"

const devices = [
  {
    allow: false,
    type: "a",
    major: undefined,
    minor: undefined,
    access: "rwm",
    reason: Reason.policy("all")
  },
  { allow: true, type: "c", major: 136, minor: undefined, access: "rwm", reason: Reason.policy("pts") }
] as const

const v1: CgroupLayout = {
  _tag: "V1",
  hierarchies: ["memory", "cpu", "pids", "devices", "cpuset", "freezer", "name=systemd"].map(
    (controller) => ({
      controllers: [controller],
      mountPoint: `/cg/${controller}`,
      parent: `/cg/${controller}/kasane`,
      ...(controller === "cpuset" && { cpuset: { cpus: "0-1", mems: "0" } })
    })
  )
}

const v2: CgroupLayout = {
  _tag: "V2",
  mountPoint: "/cg",
  parent: "/cg/kasane",
  controllers: ["cpu", "memory", "pids", "io", "hugetlb"]
}

const cgroup = (layout: CgroupLayout, settings: Partial<CgroupSettings>): ContainerCgroup => ({
  layout,
  name: "c1",
  settings: { devices: [], ...settings },
  reasons: { memory: Reason.flag("--memory"), memorySwap: Reason.flag("--memory") }
})

const values = (plan: Cgroup.CgroupPlan) => plan.writes.map(({ path, text }) => `${path} ${text}`)

const limits: Partial<CgroupSettings> = {
  memory: 64 << 20,
  memorySwap: 128 << 20,
  memoryReservation: 32 << 20,
  cpuShares: 512,
  cpuPeriod: 100_000,
  cpuQuota: 150_000,
  pidsLimit: 20
}

describe("Cgroup.plan", () => {
  it("makes a directory in each v1 hierarchy, and fills a new cpuset, which could hold no process", () => {
    const plan = Cgroup.plan(cgroup(v1, { ...limits, devices }))
    expect(plan.directories).toContain("/cg/name=systemd/kasane/c1")
    expect(plan.processFiles).toHaveLength(7)
    expect(values(plan)).toEqual([
      "/cg/memory/kasane/c1/memory.limit_in_bytes 67108864",
      "/cg/memory/kasane/c1/memory.soft_limit_in_bytes 33554432",
      "/cg/memory/kasane/c1/memory.memsw.limit_in_bytes 134217728",
      "/cg/cpu/kasane/c1/cpu.shares 512",
      "/cg/cpu/kasane/c1/cpu.cfs_period_us 100000",
      "/cg/cpu/kasane/c1/cpu.cfs_quota_us 150000",
      "/cg/pids/kasane/c1/pids.max 20",
      "/cg/devices/kasane/c1/devices.deny a",
      "/cg/devices/kasane/c1/devices.allow c 136:* rwm",
      "/cg/cpuset/kasane/c1/cpuset.cpus 0-1",
      "/cg/cpuset/kasane/c1/cpuset.mems 0"
    ])
    expect(plan.freezer).toEqual({
      path: "/cg/freezer/kasane/c1/freezer.state",
      freeze: "FROZEN",
      thaw: "THAWED"
    })
  })

  it("converts to v2's units: swap without memory, weights from 1 to 10000, quota and period in one", () => {
    const plan = Cgroup.plan(cgroup(v2, { ...limits, readBps: [{ major: 8, minor: 0, rate: 1024 }] }))
    expect(plan.directories).toEqual(["/cg/kasane/c1"])
    expect(values(plan)).toEqual([
      "/cg/kasane/cgroup.subtree_control +cpu +memory +pids +io",
      "/cg/kasane/c1/cpu.weight 20",
      "/cg/kasane/c1/cpu.max 150000 100000",
      "/cg/kasane/c1/memory.max 67108864",
      "/cg/kasane/c1/memory.low 33554432",
      "/cg/kasane/c1/memory.swap.max 67108864",
      "/cg/kasane/c1/pids.max 20",
      "/cg/kasane/c1/io.max 8:0 rbps=1024"
    ])
    expect(plan.killFile).toBe("/cg/kasane/c1/cgroup.kill")
  })

  it("takes a missing swap file for granted only when nobody asked for a swap limit", () => {
    const swap = (reason: string) =>
      Cgroup.plan({
        ...cgroup(v1, limits),
        reasons: { memorySwap: Reason.flag(reason) }
      }).writes.find(({ path }) => path.includes("memsw"))?.optional
    expect(swap("--memory")).toBe(true)
    expect(swap("--memory-swap")).toBe(false)
  })

  it("spells 'unlimited' as each version does", () => {
    expect(values(Cgroup.plan(cgroup(v2, { pidsLimit: -1, memory: 1 << 30, memorySwap: -1 })))).toEqual([
      "/cg/kasane/cgroup.subtree_control +cpu +memory +pids +io",
      "/cg/kasane/c1/memory.max 1073741824",
      "/cg/kasane/c1/memory.swap.max max",
      "/cg/kasane/c1/pids.max max"
    ])
    expect(values(Cgroup.plan(cgroup(v1, { pidsLimit: -1 })))[0]).toBe("/cg/pids/kasane/c1/pids.max max")
  })

  it("is nothing where no hierarchy is writable", () => {
    expect(Cgroup.plan(cgroup({ _tag: "None" }, {}))).toMatchObject({ directories: [], writes: [] })
  })

  it("weighs block devices as BFQ does, or by the kernel's own scale where there is no BFQ", () => {
    const weights = { blkioWeight: 500, blkioWeightDevice: [{ major: 8, minor: 0, rate: 10 }] }
    const both = (layout: CgroupLayout) =>
      Cgroup.plan(cgroup(layout, weights)).writes.flatMap(({ path, text, otherwise }) =>
        otherwise === undefined ? [] : [`${path} ${text}, ${otherwise.path} ${otherwise.text}`]
      )
    expect(both(v2)).toEqual([
      "/cg/kasane/c1/io.bfq.weight 500, /cg/kasane/c1/io.weight 4950",
      "/cg/kasane/c1/io.bfq.weight 8:0 10, /cg/kasane/c1/io.weight 8:0 1"
    ])
    const blkio = { controllers: ["blkio"], mountPoint: "/cg/blkio", parent: "/cg/blkio/kasane" }
    expect(both({ _tag: "V1", hierarchies: [blkio] })).toEqual([
      "/cg/blkio/kasane/c1/blkio.bfq.weight 500, /cg/blkio/kasane/c1/blkio.weight 500",
      "/cg/blkio/kasane/c1/blkio.bfq.weight_device 8:0 10, /cg/blkio/kasane/c1/blkio.weight_device 8:0 10"
    ])
  })

  it("on v2 judges devices by a program, which on v1 the controller does", () => {
    const { devices: guard } = Cgroup.plan(cgroup(v2, { devices }))
    expect(guard?.directory).toBe("/cg/kasane/c1")
    expect(Cgroup.plan(cgroup(v2, {})).devices).toBeUndefined()
    expect(Cgroup.plan(cgroup(v1, { devices })).devices).toBeUndefined()
  })
})
