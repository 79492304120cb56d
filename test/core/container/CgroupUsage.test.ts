import { describe, expect, it } from "@effect/vitest"
import * as CgroupUsage from "../../../src/core/container/CgroupUsage.js"

describe("what a container uses", () => {
  it("is read from cgroup v1 as Docker reads it", () => {
    expect(
      CgroupUsage.parse({
        cpu: "28510834\n",
        memory: "1048576\n",
        memoryStat: "cache 4096\ninactive_file 1\ntotal_cache 4096\ntotal_inactive_file 4096\n",
        memoryLimit: "67108864\n",
        pids: "3\n",
        io: "8:0 Read 100\n8:0 Write 7\n8:0 Sync 107\n8:0 Total 107\n254:0 Read 1000\n254:0 Write 0\nTotal 1107\n"
      })
    ).toEqual({
      cpu_ns: 28510834,
      memoryBytes: 1044480,
      memoryLimitBytes: 67108864,
      pids: 3,
      readBytes: 1100,
      writtenBytes: 7
    })
  })

  it("and from cgroup v2", () => {
    expect(
      CgroupUsage.parse({
        cpu: "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n",
        memory: "1048576\n",
        memoryStat: "anon 1\ninactive_file 48576\n",
        memoryLimit: "max\n",
        pids: "1\n",
        io: "8:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n254:0 rbytes=5 wbytes=0 rios=1 wios=0\n"
      })
    ).toEqual({
      cpu_ns: 1_500_000,
      memoryBytes: 1_000_000,
      memoryLimitBytes: undefined,
      pids: 1,
      readBytes: 15,
      writtenBytes: 20
    })
  })

  it("has no limit where v1 says the largest number of pages", () => {
    const texts = { cpu: "", memory: "", memoryStat: "", pids: "", io: "" }
    expect(
      CgroupUsage.parse({ ...texts, memoryLimit: "9223372036854771712\n" }).memoryLimitBytes
    ).toBeUndefined()
  })

  it("counts a share of one CPU, over all of them", () => {
    const stat = "cpu  100 0 50 850 0 0 0 0 0 0\ncpu0 1 2 3\n"
    expect(CgroupUsage.systemCpu_ns(stat)).toBe(10_000_000_000)
    const before = { cpu_ns: 0, system_ns: 0 }
    expect(CgroupUsage.cpuPercent(before, { cpu_ns: 5e8, system_ns: 2e9 }, 2)).toBe(50)
    expect(CgroupUsage.cpuPercent({ cpu_ns: 9, system_ns: 0 }, { cpu_ns: 5, system_ns: 1 }, 2)).toBe(0)
  })

  it("counts every interface but the loopback", () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9999       9    0    0    0     0          0         0     9999       9    0    0    0     0       0          0
  eth0:  100       1    0    0    0     0          0         0      200       2    0    0    0     0       0          0
  eth1:1000       1    0    0    0     0          0         0      2000       2    0    0    0     0       0          0
`
    expect(CgroupUsage.network(text)).toEqual({ receivedBytes: 1100, sentBytes: 2200 })
  })
})
