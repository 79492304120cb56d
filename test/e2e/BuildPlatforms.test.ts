import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { executable } from "../../src/core/program/Hello.js"
import { kasane as commandLine, type Kasane, root, scratch } from "../support/Kasane.js"
import * as Registry from "../support/registry/Registry.js"

const own = process.arch === "arm64" ? "arm64" : "amd64"
const other = own === "amd64" ? "arm64" : "amd64"
const both = `linux/${own},linux/${other}`

const isEmulated = (architecture: string): boolean =>
  fs.existsSync(`/proc/sys/fs/binfmt_misc/qemu-${architecture}`)

describe("a build for several platforms", () => {
  let kasane: Kasane
  let dir: string
  let context: string

  beforeAll(async () => {
    dir = await scratch(root, "kasane-platforms")
    kasane = commandLine(root, `${dir}/store`)
    context = `${dir}/context`
    fs.mkdirSync(context)
    fs.writeFileSync(
      `${context}/Dockerfile`,
      'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /hello\nCMD ["/hello"]\n'
    )
    for (const architecture of ["amd64", "arm64"] as const)
      fs.writeFileSync(`${context}/${architecture}`, executable(`on ${architecture}\n`, architecture), {
        mode: 0o755
      })
    const told = ["--iidfile", `${dir}/id`, "--metadata-file", `${dir}/metadata`]
    await kasane.ok(["build", "-t", "two", "--platform", both, ...told, "--annotation", "index:a=b", context])
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))

  it("gives an index, whose name means the image of this machine or of the platform that is asked for", async () => {
    const id = fs.readFileSync(`${dir}/id`, "utf8")
    const metadata: unknown = JSON.parse(fs.readFileSync(`${dir}/metadata`, "utf8"))
    expect(metadata).toMatchObject({ "containerimage.digest": id })
    expect(metadata).not.toHaveProperty("containerimage.config.digest")
    expect(await kasane.ok(["run", "--rm", "two"])).toBe(`on ${own}\n`)
    expect(await kasane.ok(["run", "--rm", id])).toBe(`on ${own}\n`)
    const shown = await kasane.ok(["images", "--format", "{{.Repository}}:{{.Tag}}"])
    expect(shown.match(/two:latest/g)).toHaveLength(1)
    const container = await kasane.ok(["create", "--platform", `linux/${other}`, "two"])
    const made: unknown = JSON.parse(await kasane.ok(["inspect", container.trim()]))
    const listed = await kasane.ok(["images", "-a", "--no-trunc", "two", "--format", "{{.ID}}"])
    expect(listed.trim().split("\n")).toContain(Object(Object(made)[0]).Image)
    await kasane.ok(["rm", container.trim()])
    await kasane.ok(["tag", "two", "again"])
    await kasane.ok(["rmi", "two"])
    expect(await kasane.ok(["run", "--rm", "again"])).toBe(`on ${own}\n`)
    // A build for the other platform finds its base in the index.
    const from = await kasane.ok(["build", "-q", "--platform", `linux/${other}`, "-"], {
      input: "FROM again\nENV A=b\n"
    })
    expect(await kasane.ok(["inspect", from.trim(), "--format", "{{.Architecture}}"])).toBe(`${other}\n`)
  })

  it("goes to a registry and into archives as a whole, and to a directory for each platform", async () => {
    const scope = Effect.runSync(Scope.make())
    try {
      const registry = await Effect.runPromise(Scope.extend(Registry.start(), scope))
      await kasane.ok(["build", "-t", `${registry.host}/two`, "--push", "--platform", both, context])
      const pushed: unknown = JSON.parse(await kasane.ok(["manifest", "inspect", `${registry.host}/two`]))
      expect(pushed).toMatchObject({
        manifests: [{ platform: { architecture: own } }, { platform: { architecture: other } }]
      })
      await kasane.ok(["tag", `${registry.host}/two`, `${registry.host}/copy:1`])
      await kasane.ok(["push", `${registry.host}/copy:1`])
      expect(JSON.parse(await kasane.ok(["manifest", "inspect", `${registry.host}/copy:1`]))).toEqual(pushed)
    } finally {
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
    await kasane.ok(["build", "--platform", both, "-o", `${dir}/out`, context])
    expect(fs.readdirSync(`${dir}/out`).sort()).toEqual(["linux_amd64", "linux_arm64"])
    await kasane.ok(["build", "--platform", both, "-o", `type=tar,dest=${dir}/two.tar`, context])
    expect(
      execFileSync("tar", ["-tf", `${dir}/two.tar`], { encoding: "utf8" })
        .trim()
        .split("\n")
    ).toEqual(
      [own, other].flatMap((architecture) => [`linux_${architecture}/`, `linux_${architecture}/hello`])
    )
    const collided = await kasane.run([
      ...["build", "--platform", both, "-o", `type=local,dest=${dir}/one,platform-split=false`, context]
    ])
    expect([collided.code, collided.stderr]).toEqual([
      1,
      "cannot overwrite hello of one platform with that of another: leave out platform-split=false\n"
    ])
    const docker = await kasane.run(["build", "--platform", both, "-o", "type=docker,dest=-", context])
    expect([docker.code, docker.stderr]).toEqual([1, expect.stringContaining("use the oci exporter instead")])
  })

  it.skipIf(isEmulated("s390x"))("stops before a command that this machine cannot run", async () => {
    const built = await kasane.run(["build", "--platform", "linux/s390x", "-"], {
      input: 'FROM scratch\nENV A=b\nRUN ["/hello"]\n'
    })
    expect(built.code).toBe(1)
    expect(built.stderr).toMatch(
      /: cannot run commands of linux\/s390x on linux\/\w+: no handler of binfmt_misc/
    )
  })
})
