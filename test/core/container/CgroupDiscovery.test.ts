import { describe, expect, it } from "@effect/vitest"
import { delegated, discover } from "../../../src/core/container/CgroupDiscovery.js"
import { mapping } from "../../../src/core/container/SubordinateIds.js"

const v2 = "30 22 0:27 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate"
const v1 = [
  "31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
  "34 30 0:31 / /sys/fs/cgroup/mem\\040ory rw,relatime - cgroup cgroup rw,memory",
  "39 30 0:36 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/x,name=systemd",
  "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"
].join("\n")

describe("the cgroups of a host", () => {
  it("are v2 where nothing else is mounted", () => {
    expect(discover(v2, "0::/user.slice/x.scope\n", "below the root")).toEqual({
      _tag: "V2",
      mountPoint: "/sys/fs/cgroup",
      parent: "/sys/fs/cgroup/kasane",
      controllers: []
    })
    expect(discover(v2, "0::/user.slice/x.scope\n", "below the caller")).toMatchObject({
      parent: "/sys/fs/cgroup/user.slice/x.scope"
    })
  })
  it("are v1 with one controller or more, also beside v2", () => {
    const layout = discover(
      v1,
      "9:name=systemd:/\n4:memory:/a:b\n1:cpuacct,cpu:/\n0::/\n",
      "below the caller"
    )
    expect(layout).toEqual({
      _tag: "V1",
      hierarchies: [
        {
          controllers: ["cpu", "cpuacct"],
          mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
          parent: "/sys/fs/cgroup/cpu,cpuacct"
        },
        {
          controllers: ["memory"],
          mountPoint: "/sys/fs/cgroup/mem ory",
          parent: "/sys/fs/cgroup/mem ory/a:b"
        },
        {
          controllers: ["name=systemd"],
          mountPoint: "/sys/fs/cgroup/systemd",
          parent: "/sys/fs/cgroup/systemd"
        }
      ]
    })
  })
  it("may be missing", () => {
    expect(discover("22 1 0:1 / / rw - ext4 /dev/sda rw", "", "below the root")).toEqual({ _tag: "None" })
  })
})

describe("groups that are handed over to a user", () => {
  const service = "/cg/user.slice/user-1000.slice/user@1000.service"
  const below = (top: string) => (group: string) => group === top || group.startsWith(`${top}/`)
  it("hold containers beside the caller's own group, below the topmost", () => {
    expect(delegated("/cg", `${service}/app.slice/terminal.scope`, below(service))).toEqual({
      parent: `${service}/kasane`,
      top: service,
      limits: true
    })
  })
  it("pass no controllers down where the caller is in the group itself", () => {
    expect(delegated("/cg", service, below(service))).toEqual({
      parent: service,
      top: service,
      limits: false
    })
  })
  it("are none in the session of a login", () => {
    expect(delegated("/cg", "/cg/user.slice/user-1000.slice/session-3.scope", below(service))).toBeUndefined()
  })
  it("may be everything, as in a cgroup namespace", () => {
    expect(delegated("/cg", "/cg", () => true)).toEqual({ parent: "/cg", top: "/cg", limits: false })
    expect(delegated("/cg", "/cg/a", () => true)).toMatchObject({ parent: "/cg/kasane", limits: true })
  })
})

describe("subordinate ids", () => {
  it("follow the user's own id, range after range", () => {
    expect(mapping("a:1:2\nme:100000:65536\n1000:300000:10\nme:bad:1\n", "me", 1000)).toEqual([
      { inside: 0, outside: 1000, size: 1 },
      { inside: 1, outside: 100000, size: 65536 },
      { inside: 65537, outside: 300000, size: 10 }
    ])
  })
})
