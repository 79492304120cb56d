import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Peers from "../bench/Peers.js"
import { type Kasane, kasane, type Result, root, run } from "../support/Kasane.js"
import * as NetworkNamespace from "../support/NetworkNamespace.js"
import * as RootFs from "../support/RootFs.js"

/** What one engine tells, without what is its own: ids, numbers of links, who speaks. */
const plain = ({ code, stdout, stderr }: Result) => ({
  code,
  stdout: stdout
    .replace(/\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b/g, "ID")
    .replace(/^(fe00|ff00)::0?\t/gm, "$1::\t")
    // A newer Docker shows the gateway that the engine chose, and does not count the short id among the aliases.
    .replace(/,"Gateway":"[^"]*"/g, "")
    .replace(/,"ID"(?=\])/g, "")
    .replace('["ID"]', "null")
    // It turns IPv6 off where there is none, and an internal network's gateway is not a way out.
    .replace(/^multicast .*\n/gm, "")
    .replace(/^default via 10\.83\..*\n/gm, "")
    .replace(" 10.83.0.128 /0", "  /0")
    .replace(/^[0-9]+: /gm, ""),
  stderr: stderr
    .replace(/\b[0-9a-f]{64}\b/g, "ID")
    .replace(/Error response from daemon: /g, "Error: ")
    .replace(/^docker: Error: /gm, "docker: ")
    .replace(/^kasane: Error: |^kasane: /gm, "docker: ")
    .replaceAll("kasane", "docker")
})

const isPossible =
  NetworkNamespace.available &&
  RootFs.busybox() !== undefined &&
  ["dockerd", "containerd", "docker", "nsenter"].every(Peers.installed)

/** Both engines do the same on a host of their own: a network namespace. Docker's is a peer, where it is installed. */
describe.skipIf(!isPossible)("networks, by docker and by kasane", { timeout: 180_000 }, () => {
  const directory = fs.mkdtempSync("/tmp/kasane-networks-")
  let hosts: ReadonlyArray<NetworkNamespace.NetworkNamespace> = []
  let engine: Kasane
  let daemon: Peers.Daemon | undefined

  /** Runs the words by both. */
  const both = async (...words: ReadonlyArray<string>) => {
    const [theirs, ours] = await Promise.all([
      run("docker", words, { env: daemon?.env ?? process.env }),
      engine.run(words)
    ])
    return { docker: plain(theirs), kasane: plain(ours) }
  }
  /** The same, and they must agree. */
  const same = async (...words: ReadonlyArray<string>): Promise<Result> => {
    const told = await both(...words)
    expect({ words, ...told.kasane }).toEqual({ words, ...told.docker })
    return told.docker
  }

  beforeAll(async () => {
    hosts = await Promise.all([NetworkNamespace.create(), NetworkNamespace.create()])
    const [theirs, ours] = hosts
    daemon = await Peers.dockerBy(theirs?.prefix ?? [], path.join(directory, "docker"))
    engine = kasane({ ...root, prefix: ours?.prefix ?? [] }, path.join(directory, "store"))
    const image = RootFs.tar(directory)
    await Promise.all([
      engine.ok(["import", image, "base"]),
      run("docker", ["import", image, "base"], { env: daemon?.env ?? process.env })
    ])
  }, 120_000)
  afterAll(async () => {
    const ids = (await engine.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
    if (ids.length > 0) await engine.run(["rm", "-f", ...ids])
    await daemon?.stop()
    await run("sh", ["-c", `grep -o ' ${directory}[^ ]*' /proc/self/mounts | tac | xargs -r umount -l`])
    for (const host of hosts) host.remove()
    fs.rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  describe("of another container", () => {
    const names = "hostname; cat /etc/hosts /etc/hostname; ip -o -4 address; ip route"
    const settings = "{{.HostConfig.NetworkMode}} {{.Config.Hostname}} {{json .NetworkSettings.Networks}}"

    it("come with its names and files", async () => {
      const donor = [
        "--name",
        "donor",
        "--hostname",
        "box",
        "--domainname",
        "org",
        "--add-host",
        "x:192.0.2.1"
      ]
      await same("run", "-d", ...donor, "base", "sleep", "1000")
      const told = await same(
        "run",
        "--name",
        "guest",
        "--network",
        "container:donor",
        "base",
        "sh",
        "-c",
        names
      )
      expect(told.stdout).toContain("172.17.0.2\tbox.org box\n")
      await same("inspect", "-f", settings, "guest")
      const files = "{{.HostsPath}} {{.HostnamePath}} {{.ResolvConfPath}}"
      const of = (name: string) => engine.ok(["inspect", "-f", files, name])
      expect(await of("guest")).toBe(await of("donor"))
      // What the guest writes, the donor reads.
      const write = "echo 192.0.2.9 written >> /etc/hosts"
      await same("run", "--rm", "--network", "container:donor", "base", "sh", "-c", write)
      await same("exec", "donor", "grep", "written", "/etc/hosts")
    })

    it.each([
      ["-p", "80:80"],
      ["-P"],
      ["--expose", "80"],
      ["--hostname", "x"],
      ["--add-host", "x:192.0.2.1"],
      ["--dns", "192.0.2.1"],
      ["--link", "donor"],
      ["--network-alias", "x"]
    ])("leave no room for %s", async (...flags) => {
      const words = [...flags, "--network", "container:donor", "base", "true"]
      expect((await same("run", "--rm", ...words)).code).toBe(125)
    })

    it("stay when it ends, and are those of its next life with a start after that", async () => {
      await same("run", "-d", "--name", "lasting", "--network", "container:donor", "base", "sleep", "1000")
      const shown = ["exec", "lasting", "ip", "-o", "-4", "address"]
      await same("stop", "-t", "0", "donor")
      expect((await same(...shown)).stdout).not.toContain("eth0")
      expect((await same("start", "guest")).stderr).toContain(
        "cannot join network of a non running container"
      )
      await same("start", "donor")
      expect((await same(...shown)).stdout).not.toContain("eth0")
      await same("restart", "-t", "0", "lasting")
      expect((await same(...shown)).stdout).toContain("172.17.0.2/16")
      await same("network", "connect", "bridge", "lasting")
      await same("rm", "-f", "donor", "guest", "lasting")
    })

    it("are not their own", async () => {
      await same("create", "--name", "self", "--network", "container:self", "base", "true")
      expect((await same("start", "self")).stderr).toContain("cannot join own network")
      await same("rm", "self")
    })
  })

  describe("that people made", () => {
    const show = "ip -o address show eth0; ip route; ip -6 route; cat /etc/hosts; sort /etc/resolv.conf"
    const template =
      "{{json .NetworkSettings.Ports}} {{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{$e.IPAddress}}/{{$e.IPPrefixLen}} {{$e.Gateway}} {{$e.GlobalIPv6Address}}/{{$e.GlobalIPv6PrefixLen}} {{$e.IPv6Gateway}} {{$e.MacAddress}} {{json $e.IPAMConfig}} {{json $e.Aliases}} {{json $e.Links}}{{end}}"
    const ofNetwork =
      "{{.Name}} {{.Driver}} {{.Scope}} {{.EnableIPv6}} {{.Internal}} {{.Attachable}} {{json .IPAM}} {{json .Options}} {{json .Labels}}"

    it.each([
      [
        "gates",
        "--ipv6",
        "--subnet",
        "10.82.0.0/24",
        "--gateway",
        "10.82.0.9",
        "--subnet",
        "fd00:82::/64",
        "--gateway",
        "fd00:82::9"
      ],
      [
        "inner",
        "--internal",
        "--subnet",
        "10.83.0.0/24",
        "--ip-range",
        "10.83.0.128/25",
        "--aux-address",
        "a=10.83.0.129"
      ],
      [
        "opts",
        "--subnet",
        "10.84.0.0/24",
        "--opt",
        "com.docker.network.driver.mtu=1400",
        "--opt",
        "com.docker.network.bridge.name=own0",
        "--label",
        "a=b",
        "--attachable"
      ]
    ])("look the same: %s", async (name, ...flags) => {
      await same("network", "create", ...flags, name)
      await same("network", "inspect", "-f", ofNetwork, name)
      await same("run", "--rm", "--network", name, "--hostname", "box", "base", "sh", "-c", show)
      const two = ["--network", name, "--network-alias", "other"]
      await same("run", "-d", "--name", `${name}-first`, ...two, "base", "sleep", "1000")
      await same("inspect", "-f", template, `${name}-first`)
      await same("rm", "-f", `${name}-first`)
      await same("network", "rm", name)
    })
    it("give addresses of both kinds, and their names", async () => {
      await same("network", "create", "--ipv6", "--subnet", "10.85.0.0/24", "--subnet", "fd00:85::/64", "six")
      const asked = ["--ip", "10.85.0.77", "--ip6", "fd00:85::77", "--dns-search", "example.org"]
      const how = [...asked, "--dns-option", "timeout:1", "--dns", "192.0.2.1"]
      await same("run", "--rm", "--network", "six", ...how, "--hostname", "box", "base", "sh", "-c", show)
      for (const { run: on } of hosts) on("ip", "address", "add", "fd00:99::1/128", "dev", "lo")
      const server = "while true; do echo hello | nc -l -p 80; done"
      const published = ["-p", "[fd00:99::1]:8081:80", "-p", "127.0.0.1:8082:80", "-p", "8083:80"]
      await same("run", "-d", "--name", "db", "--network", "six", ...published, "base", "sh", "-c", server)
      const asks = "ping -6 -c 1 -w 5 db >/dev/null && echo reached; nslookup -type=aaaa db | grep Address"
      const told = await same(
        "run",
        "--rm",
        "--network",
        "six",
        "--link",
        "db:store",
        "base",
        "sh",
        "-c",
        asks
      )
      expect(told.stdout).toContain("reached")
      await same("port", "db")
      await same("ps", "--format", "{{.Ports}}")
      await same("inspect", "-f", template.replace("{{json .NetworkSettings.Ports}} ", ""), "db")
      const answered: Array<string> = []
      for (const [address, port] of [
        ["127.0.0.1", "8082"],
        ["127.0.0.1", "8083"],
        ["10.85.0.1", "8083"],
        ["fd00:85::1", "8083"],
        ["10.85.0.1", "8082"],
        ["fd00:99::1", "8081"]
      ] as const) {
        const [theirs, ours] = await Promise.all(
          hosts.map(({ prefix }) =>
            run(prefix[0] ?? "", [
              ...prefix.slice(1),
              RootFs.busybox() ?? "",
              "sh",
              "-c",
              `for i in 1 2 3 4 5 6; do nc -w 2 ${address} ${port} </dev/null | grep . && exit; sleep 0.2; done`
            ])
          )
        )
        if (theirs?.stdout === "hello\n") answered.push(address)
        expect({ address, port, said: ours?.stdout }).toEqual({ address, port, said: theirs?.stdout })
      }
      expect(answered).toEqual(expect.arrayContaining(["127.0.0.1", "10.85.0.1", "fd00:85::1", "fd00:99::1"]))
      await same("rm", "-f", "db")
      await same("network", "rm", "six")
    })
  })
})
