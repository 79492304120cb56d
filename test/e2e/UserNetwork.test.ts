import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Kasane, kasane, run, scratch } from "../support/Kasane.js"
import * as NetworkNamespace from "../support/NetworkNamespace.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const busybox = RootFs.busybox()
const isPossible =
  NetworkNamespace.available &&
  busybox !== undefined &&
  ["/usr/bin/pasta", "/usr/bin/slirp4netns"].every((file) => fs.existsSync(file))

/**
 * A machine's network with a default route and a tap device that everybody may use, in namespaces of the test's own; without
 * pasta, if `means` is the other one.
 */
const machine = async (place: string, means: string) => {
  const script = [
    "set -e; mount --make-rprivate /",
    `mknod -m 666 ${place}/tun c 10 200; chmod 666 ${place}/tun; mount --bind ${place}/tun /dev/net/tun`,
    means === "pasta" ? "" : "mount --bind /dev/null /usr/bin/pasta",
    "ip link set lo up; ip link add up0 type veth peer name far0; ip link set far0 up",
    "ip address add 10.99.0.2/24 dev up0; ip link set up0 up; ip route add default via 10.99.0.1",
    "echo up; exec sleep 1000000"
  ].join("\n")
  const holder = spawn("unshare", ["--net", "--mount", "sh", "-c", script], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve())
    holder.once("exit", (code) => reject(new Error(`unshare ended with ${code}`)))
  })
  const at = `/proc/${holder.pid}/ns`
  return {
    prefix: ["nsenter", `--net=${at}/net`, `--mount=${at}/mnt`, "--"],
    remove: () => holder.kill("SIGKILL")
  }
}

describe.skipIf(!isPossible).each(["pasta", "slirp4netns"])("an ordinary user's network by %s", (means) => {
  let user: Unprivileged.Unprivileged
  let host: Awaited<ReturnType<typeof machine>>
  let place: string
  let engine: Kasane

  beforeAll(async () => {
    user = Unprivileged.create()
    place = fs.mkdtempSync("/tmp/kasane-tap-")
    fs.chmodSync(place, 0o755)
    host = await machine(place, means)
    engine = kasane(
      { ...user, prefix: [...host.prefix, ...user.prefix] },
      path.join(await scratch(user, "net"), "store")
    )
    await engine.ok(["import", "-c", 'CMD ["sh"]', RootFs.tar(place), "base"])
  })
  afterAll(async () => {
    await engine.run(["rm", "-f", "web"])
    host.remove()
    user.remove()
    fs.rmSync(place, { recursive: true, force: true })
  })

  const programs = () =>
    fs.readdirSync("/proc").filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${engine.root}/networks/lives`)
      } catch {
        return false
      }
    })

  it("leads out, publishes ports, and leaves no process behind", async () => {
    expect(await engine.ok(["info", "--format", "{{.NetworkMeans}}"])).toBe(`${means}\n`)
    const serve = "while true; do echo hello | nc -l -p 80; done"
    await engine.ok(["run", "-d", "--name", "web", "-p", "127.0.0.1:8080:80", "base", "sh", "-c", serve])
    expect(await engine.ok(["exec", "web", "ip", "route"])).toContain("default via")
    const client = "for i in $(seq 100); do nc -w 3 127.0.0.1 8080 </dev/null && exit; sleep 0.1; done"
    const [command = "", ...before] = host.prefix
    const asked = await run(command, [...before, busybox ?? "", "sh", "-c", client])
    expect(asked.stdout).toContain("hello")
    expect(await engine.ok(["port", "web"])).toBe("80/tcp -> 127.0.0.1:8080\n")
    const late = await engine.run(["run", "--rm", "-p", "127.0.0.1:8080:80", "base", "true"])
    expect(late.stderr).toContain("Bind for 127.0.0.1:8080 failed: port is already allocated")
    expect(programs().length).toBe(1)
    await engine.ok(["rm", "-f", "web"])
    await expect.poll(programs, { timeout: 10_000 }).toEqual([])
    expect((await engine.run(["network", "create", "own"])).stderr).toContain("need bridges")
  })
})
