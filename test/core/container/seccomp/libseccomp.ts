import { spawnSync } from "node:child_process"
import * as Schema from "effect/Schema"
import * as Bpf from "../../../../src/core/container/seccomp/Bpf.js"
import type { Policy } from "../../../../src/core/container/seccomp/Profile.js"

const python = "/usr/bin/python3"

/** True where Debian's python3-seccomp is installed. */
export const isInstalled = (): boolean =>
  spawnSync(python, ["-c", "import seccomp"], { encoding: "utf8" }).status === 0

const Answer = Schema.parseJson(
  Schema.Struct({ unknown: Schema.Array(Schema.String), programs: Schema.Array(Schema.String) })
)

/** What libseccomp makes of the policies, and the names of calls that it has not heard of yet. */
export const compile = (policies: ReadonlyArray<Policy>) => {
  const request = policies.map(({ defaultVerdict, abis, rules }) => ({
    default: defaultVerdict,
    abis,
    rules
  }))
  const child = spawnSync(python, ["test/core/container/seccomp/libseccomp.py"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    input: JSON.stringify({ policies: request }, (_, value) =>
      typeof value === "bigint" ? value.toString() : value
    )
  })
  if (child.status !== 0) throw new Error(child.stderr)
  const { unknown, programs } = Schema.decodeUnknownSync(Answer)(child.stdout)
  return { unknown, programs: programs.map((hex) => Bpf.decode(Buffer.from(hex, "hex"))) }
}
