import { describe, expect, it } from "@effect/vitest"
import * as ContainerFlags from "../../src/cli/ContainerFlags.js"
import run from "../../src/cli/commands/run.js"
import * as Grammar from "../../src/cli/Grammar.js"
import * as RefusedFlags from "../../src/cli/RefusedFlags.js"

/** Every flag of `docker run` (docker/cli 28), as its help lists them. */
const docker =
  "add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems detach detach-keys device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust dns dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd health-interval health-retries health-start-interval health-start-period health-timeout hostname init interactive ip ip6 ipc isolation kernel-memory label label-file link link-local-ip log-driver log-opt mac-address memory memory-reservation memory-swap memory-swappiness mount name network network-alias no-healthcheck oom-kill-disable oom-score-adj pid pids-limit platform privileged publish publish-all pull quiet read-only restart rm runtime security-opt shm-size sig-proxy stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit use-api-socket user userns uts volume volume-driver volumes-from workdir".split(
    " "
  )

/** Refused whatever the value: what they ask for is not done here. The message says why. */
const refused: ReadonlyArray<readonly [flag: string, value: string, why: RegExp]> = [
  ["disable-content-trust", "false", /signatures are not checked/],
  ["gpus", "all", /vendor's hook/],
  ["isolation", "hyperv", /only Windows/],
  ["kernel-memory", "4m", /no such limit/],
  ["link-local-ip", "169.254.1.1", /those of its networks/],
  ["use-api-socket", "true", /no engine/],
  ["volume-driver", "nfs", /volumes are local/]
]

const known = new Set(run.flags.map(({ name }) => name))
const told = (flag: string, value: string): string => {
  const line = Grammar.read(run, [`--${flag}=${value}`, "image"])
  return line._tag === "Misuse" ? line.message : "accepted"
}

describe("the flags of docker run", () => {
  it("are all known: honoured, or refused with a reason", () => {
    expect(docker.filter((name) => !known.has(name))).toEqual([])
  })

  it.each(refused)("--%s %s is refused", (flag, value, why) => {
    expect(told(flag, value)).toMatch(why)
  })

  it("that are refused are exactly those that nothing reads", () => {
    expect(
      Object.values(RefusedFlags.flags)
        .map(({ name }) => name)
        .sort()
    ).toEqual(refused.map(([name]) => name).sort())
    const honoured = Object.values(ContainerFlags.flags).map(({ name }): string => name)
    expect(refused.filter(([name]) => honoured.includes(name))).toEqual([])
  })

  it("are accepted where they ask for what happens anyway", () => {
    const plain = [
      ["disable-content-trust", "true"],
      ["isolation", "default"],
      ["volume-driver", "local"]
    ] as const
    for (const [flag, value] of plain) expect(told(flag, value)).toBe("accepted")
  })
})
