import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Kasane, kasane, root, run } from "../support/Kasane.js"
import * as NetworkNamespace from "../support/NetworkNamespace.js"
import * as RootFs from "../support/RootFs.js"

/** A server that says who asks: busybox's, where it has one. */
const serve = (port: number) => `while true; do echo "hello" | nc -l -p ${port}; done`

const hasBusybox = RootFs.busybox() !== undefined

describe.skipIf(!NetworkNamespace.available || !hasBusybox)("networks of root", { timeout: 120_000 }, () => {
  let host: NetworkNamespace.NetworkNamespace
  let place: string
  let engine: Kasane

  beforeAll(async () => {
    host = await NetworkNamespace.create()
    place = fs.mkdtempSync("/tmp/kasane-network-")
    engine = kasane({ ...root, prefix: host.prefix }, path.join(place, "store"))
    await engine.ok(["import", "-c", 'CMD ["sh"]', RootFs.tar(place), "base"])
  })
  afterAll(async () => {
    const ids = (await engine.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
    if (ids.length > 0) await engine.run(["rm", "-f", ...ids])
    host.remove()
    fs.rmSync(place, { recursive: true, force: true })
  })

  /** What there is of ours on the host's side. */
  const left = () => ({
    links: host
      .run("ip", "-o", "link")
      .split("\n")
      .map((line) => line.split(": ")[1]?.split("@")[0])
      .filter((name) => name !== undefined && name !== "lo"),
    tables: host.run("nft", "list", "tables").trim()
  })
  const nothing = { links: [], tables: "" }

  /** Asks until there is an answer: the server may not listen yet. */
  const ask = async (address: string, port: number): Promise<string> => {
    const client = `for i in $(seq 100); do nc -w 3 ${address} ${port} </dev/null && exit; sleep 0.1; done`
    const [command = "", ...before] = host.prefix
    return (await run(command, [...before, RootFs.busybox() ?? "", "sh", "-c", client])).stdout
  }

  it("give a container an address, a way out and a name of its own, and leave nothing behind", async () => {
    const script = "ip -4 -o address show eth0; ip route; cat /etc/hosts; cat /proc/sys/kernel/hostname"
    const told = await engine.ok(["run", "--rm", "base", "sh", "-c", script])
    expect(told).toMatch(/inet 172\.17\.0\.2\/16 brd 172\.17\.255\.255/)
    expect(told).toContain("default via 172.17.0.1 dev eth0")
    const hostname = told.trim().split("\n").at(-1)
    expect(told).toContain(`172.17.0.2\t${hostname}`)
    expect(left()).toEqual(nothing)
  })

  it("publish ports to the host, its loopback, other containers and the container itself", async () => {
    await engine.ok(["run", "-d", "--name", "web", "-p", "8080:80", "base", "sh", "-c", serve(80)])
    expect(await ask("127.0.0.1", 8080)).toBe("hello\n")
    expect(await ask("172.17.0.1", 8080)).toBe("hello\n")
    const inside = ["sh", "-c", "nc -w 3 172.17.0.1 8080 </dev/null"]
    expect(await engine.ok(["run", "--rm", "base", ...inside])).toBe("hello\n")
    expect(await engine.ok(["exec", "web", ...inside])).toBe("hello\n")
    expect(await engine.ok(["ps", "--format", "{{.Ports}}"])).toBe("0.0.0.0:8080->80/tcp\n")
    expect(await engine.ok(["port", "web"])).toBe("80/tcp -> 0.0.0.0:8080\n")
    expect(await engine.ok(["port", "web", "80"])).toBe("0.0.0.0:8080\n")
    expect(await engine.ok(["inspect", "-f", "{{.NetworkSettings.IPAddress}}", "web"])).toBe("172.17.0.2\n")
  })

  it("refuse a port that has an owner in Docker's words, and free it with the container", async () => {
    const taken = await engine.run(["run", "--rm", "--name", "late", "-p", "8080:80", "base", "true"])
    expect(taken.code).toBe(125)
    expect(taken.stderr).toMatch(
      /driver failed programming external connectivity on endpoint late \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:8080 failed: port is already allocated/
    )
    await engine.ok(["rm", "-f", "web"])
    expect(left()).toEqual(nothing)
    await engine.ok(["run", "--rm", "-p", "8080:80", "base", "true"])
  })

  it.each([
    ["the container", (one: { process: number }) => [one.process]],
    ["its supervisor", (one: { relay: number }) => [one.relay]],
    [
      "all of it",
      (one: { process: number; relay: number; monitor: number }) => [one.relay, one.monitor, one.process]
    ]
  ])("are gone however it ends: %s is killed", async (_what, victims) => {
    const id = (await engine.ok(["run", "-d", "-p", "8081:80", "base", "sleep", "1000"])).trim()
    const state = JSON.parse(fs.readFileSync(path.join(engine.root, "containers", id, "state.json"), "utf8"))
    const pids = victims({
      process: state.process.pid,
      relay: state.relay.pid,
      monitor: state.monitor.pid
    })
    for (const pid of pids) process.kill(pid, "SIGKILL")
    await engine.ok(["rm", "-f", id])
    expect(left()).toEqual(nothing)
    expect(fs.readdirSync(path.join(engine.root, "networks/lives"))).toEqual([])
  })

  it("that people made have names, also for who is connected later, and are apart from each other", async () => {
    await engine.ok(["network", "create", "--label", "a=b", "front"])
    await engine.ok(["network", "create", "--subnet", "10.66.0.0/24", "back"])
    const serving = ["base", "sh", "-c", serve(80)]
    await engine.ok(["run", "-d", "--name", "db", "--network", "back", "--ip", "10.66.0.9", ...serving])
    await engine.ok([
      "run",
      "-d",
      "--name",
      "app",
      "--network",
      "front",
      "--network-alias",
      "www",
      ...serving
    ])
    await engine.ok(["run", "-d", "--name", "plain", "base", "sleep", "1000"])
    const find = async (who: string, name: string) =>
      /Name:.*\nAddress: (\S+)/.exec((await engine.run(["exec", who, "nslookup", name])).stdout)?.[1]
    expect(await find("app", "app")).toMatch(/^172\./)
    expect(await find("app", "www")).toBe(await find("app", "app"))
    expect(await find("app", "db")).toBeUndefined()
    const reach = ["exec", "app", "sh", "-c", "nc -w 2 10.66.0.9 80 </dev/null"]
    expect((await engine.run(reach)).code).not.toBe(0)

    await engine.ok(["network", "connect", "--alias", "store", "back", "app"])
    expect(await find("app", "db")).toBe("10.66.0.9")
    expect(await find("db", "store")).toBe("10.66.0.1".replace(/1$/, "2"))
    expect(await engine.ok(reach)).toBe("hello\n")
    await engine.ok(["network", "connect", "back", "plain"])
    expect(await find("plain", "db")).toBe("10.66.0.9")
    expect(await engine.run(["network", "connect", "back", "plain"])).toMatchObject({
      code: 1,
      stderr: "Error: endpoint with name plain already exists in network back\n"
    })

    await engine.ok(["network", "disconnect", "back", "app"])
    expect((await engine.run(reach)).code).not.toBe(0)
    expect(await find("app", "db")).toBeUndefined()
    const told = JSON.parse(await engine.ok(["network", "inspect", "back"]))
    const members: ReadonlyArray<{ Name: string }> = Object.values(told[0].Containers)
    expect(members.map(({ Name }) => Name).sort()).toEqual(["db", "plain"])
    expect((await engine.run(["network", "rm", "back"])).stderr).toContain("has active endpoints")
  })

  it("keep a container's names when its supervisor is killed and the next one takes over", async () => {
    const relay = (name: string): number => {
      const ids = fs.readdirSync(path.join(engine.root, "containers"))
      const states = ids.flatMap((id) => {
        const file = path.join(engine.root, "containers", id, "state.json")
        return fs.existsSync(file) ? [JSON.parse(fs.readFileSync(file, "utf8"))] : []
      })
      return states.find((state) => state.status === "running" && state.relay)?.relay.pid ?? Number(name)
    }
    process.kill(relay("0"), "SIGKILL")
    await engine.ok(["run", "--rm", "-d", "base", "true"])
    const script = "for i in $(seq 100); do nslookup db && exit; sleep 0.1; done; exit 1"
    expect(await engine.ok(["exec", "db", "sh", "-c", script])).toContain("10.66.0.9")
    await engine.ok(["rm", "-f", "db", "app", "plain"])
    expect(await engine.ok(["network", "prune", "-f"])).toBe("Deleted Networks:\nfront\nback\n\n")
    expect(left()).toEqual(nothing)
  })

  it("have no way out when they are internal, and no address left when they are full", async () => {
    await engine.ok(["network", "create", "--internal", "inner"])
    expect(await engine.ok(["run", "--rm", "--network", "inner", "base", "ip", "route"])).not.toContain(
      "default"
    )
    await engine.ok(["network", "create", "--subnet", "10.67.0.0/30", "tiny"])
    await engine.ok(["run", "-d", "--rm", "--name", "only", "--network", "tiny", "base", "sleep", "1000"])
    const full = await engine.run(["run", "--rm", "--network", "tiny", "base", "true"])
    expect(full.stderr).toMatch(
      /no available IPv4 addresses on this network's address pools: tiny \([0-9a-f]{64}\)/
    )
    const again = await engine.run(["network", "create", "--subnet", "10.67.0.0/16", "other"])
    expect(again.stderr).toBe("Error: Pool overlaps with other one on this address space\n")
    await engine.ok(["rm", "-f", "only"])
    await engine.ok(["network", "rm", "inner", "tiny"])
    expect(left()).toEqual(nothing)
  })

  it("undo a set-up that fails half way", async () => {
    const failed = await engine.run(["run", "--rm", "--ip", "172.17.0.9", "base", "true"])
    expect(failed).toMatchObject({ code: 125 })
    expect(failed.stderr).toContain("user specified IP address is supported on user defined networks only")
    const unserved = await engine.run(["run", "--rm", "-p", "[::1]:8080:80", "base", "true"])
    expect(unserved).toMatchObject({ code: 125 })
    expect(unserved.stderr).toContain("the kernel translates no packets to ::1; publish at 127.0.0.1")
    expect(left()).toEqual(nothing)
  })
})
