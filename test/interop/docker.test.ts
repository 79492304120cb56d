import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Peers from "../bench/Peers.js"
import * as Bundle from "../support/Bundle.js"
import * as ContainerProbe from "../support/ContainerProbe.js"
import { type Kasane, kasane, type Result, root, run } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

/** A line that only one of the two engines may show, and why that is right. Also in docs/same-as-docker.md. */
const differences: ReadonlyArray<readonly [line: RegExp, why: string]> = [
  [
    /^mounts: \/sys ro\S* sysfs sysfs r[ow]$/,
    "ro of the mount, not of the file system too: nobody can write either way"
  ],
  [
    /^mounts: \/sys\/fs\/cgroup r[ow]\S* tmpfs tmpfs /,
    "kasane seals the directory of the hierarchies as well"
  ],
  [/^writable: \/sys\/fs\/cgroup r[ow]$/, "the same"],
  [
    /^mounts: \/proc\/\S+ /,
    "what covers a guarded path: an empty file system or a null device, read-only or not to be read"
  ],
  [/^mounts: \/sys\/(?:firmware|devices\/virtual\/powercap) /, "the same"],
  [/^paths: \/proc\/interrupts content [01] r[ow]$/, "newer Docker masks it, and kasane does"],
  [
    /^cgroup: device c 10:200 rwm$/,
    "older runc lets every container open /dev/net/tun; newer ones and kasane do not"
  ],
  [
    /^mounts: \/sys\/fs\/cgroup\/systemd \S+ cgroup (?:cgroup|systemd) /,
    "the name of a mount's source, which follows from who mounted it"
  ],
  [
    /^mounts: \/dev\/shm \S+ tmpfs tmpfs rw,size=/,
    "the host's shared memory: noexec, nodev and nosuid for kasane's containers"
  ],
  [/^mounts: \/sbin\/docker-init /, "kasane's init is the program that set the container up"],
  [/^process: init (?:docker-init|kasane)$/, "the same"],
  [
    /^namespaces: cgroup (?:own|the host's)$/,
    "on v1 Docker shares the host's unless asked; kasane never does unless asked"
  ]
]

/** A name, then flags. */
const cases: ReadonlyArray<ReadonlyArray<string>> = [
  ["nothing"],
  [
    "names",
    "--hostname",
    "box",
    "--domainname",
    "example.org",
    "-w",
    "/work/dir",
    "-e",
    "A=b",
    "--oom-score-adj",
    "100"
  ],
  [
    "a sealed root",
    "--read-only",
    "--tmpfs",
    "/tmp:size=1m,mode=1777",
    "--shm-size",
    "1m",
    "-v",
    "/usr:/mnt:ro"
  ],
  [
    ...[
      "few privileges",
      "--cap-drop",
      "ALL",
      "--cap-add",
      "CHOWN",
      "--user",
      "1000:1000",
      "--group-add",
      "50"
    ],
    ...["--security-opt", "no-new-privileges"]
  ],
  ["a user by name and limits", "--user", "nobody", "--ulimit", "nofile=100:200", "--ulimit", "core=0"],
  [
    ...["devices and parameters", "--device", "/dev/zero:/dev/other:r", "--device-cgroup-rule", "c 42:* rw"],
    ...["--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.msgmax=4096"]
  ],
  [
    "no filter, no guarded paths",
    "--security-opt",
    "seccomp=unconfined",
    "--security-opt",
    "systempaths=unconfined"
  ],
  ["the host's namespaces", "--ipc", "host", "--pid", "host", "--uts", "host"],
  ["no shared memory, an init", "--ipc", "none", "--init", "--cgroupns", "private"],
  ["the host's control groups", "--ipc", "shareable", "--cgroupns", "host"],
  [
    ...[
      "limits",
      "-m",
      "64m",
      "--memory-reservation",
      "32m",
      "--memory-swap",
      "96m",
      "--cpus",
      "1",
      "--cpu-shares"
    ],
    ...["512", "--cpuset-cpus", "0", "--pids-limit", "50", "--memory-swappiness", "20"]
  ],
  ["a terminal", "-t"],
  ["privileged", "--privileged"]
]

const isPossible = process.getuid?.() === 0 && ["dockerd", "containerd", "docker"].every(Peers.installed)

/** Docker's own engine is a peer: where it is not installed there is nothing to compare with. */
describe.skipIf(!isPossible)("docker", { timeout: 90_000 }, () => {
  const directory = fs.mkdtempSync("/tmp/kasane-docker-")
  let engine: Kasane
  let daemon: Peers.Daemon | undefined
  const docker = (...words: ReadonlyArray<string>): Promise<Result> =>
    run("docker", words, { env: daemon?.env ?? process.env })

  beforeAll(async () => {
    daemon = await Peers.docker(path.join(directory, "docker"), "--add-runtime", `kasane=${Bundle.program}`)
    engine = kasane(root, path.join(directory, "store"))
    const image = RootFs.tar(directory)
    await Promise.all([engine.ok(["import", image, "base"]), docker("import", image, "base")])
  }, 120_000)
  afterAll(async () => {
    await daemon?.stop()
    // Docker leaves its network namespaces' directory mounted.
    await run("sh", ["-c", `grep -o ' ${directory}[^ ]*' /proc/self/mounts | tac | xargs -r umount -l`])
    fs.rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  it.each(cases.map(([name = "", ...flags]) => [name, flags] as const))(
    "shows a container what kasane does, with %s",
    async (_, flags) => {
      const words = ["run", "--rm", "--network", "none", ...flags, "base", "sh", "-c", ContainerProbe.script]
      const [theirs, ours] = await Promise.all([docker(...words), engine.run(words)])
      // On some machines docker itself cannot: capabilities beyond its own are not to be had.
      if (theirs.code === 125 && /unable to apply caps/.test(theirs.stderr)) return
      expect([theirs.code, ours.code, ours.stderr]).toEqual([0, 0, ""])
      // A probe that saw nothing would find no difference either.
      const [left, right] = [theirs, ours].map(({ stdout }) => ContainerProbe.lines(stdout))
      expect(right?.length).toBeGreaterThan(80)
      const only = (lines: ReadonlyArray<string> = [], others: ReadonlyArray<string> = []) =>
        lines.filter((line) => !others.includes(line) && !differences.some(([known]) => known.test(line)))
      expect({ docker: only(left, right), kasane: only(right, left) }).toEqual({ docker: [], kasane: [] })
    }
  )

  it("runs containers on kasane's runtime, by containerd's shim", async () => {
    const on = ["--runtime", "kasane", "--network", "none"]
    expect(await docker("run", "--rm", ...on, "base", "sh", "-c", "echo out; exit 7")).toMatchObject({
      code: 7,
      stdout: "out\n"
    })
    expect((await docker("run", "--rm", "-t", ...on, "base", "tty")).stdout).toBe("/dev/pts/0\r\n")
    expect((await docker("run", "--rm", ...on, "base", "nope")).code).toBe(127)
    expect(
      (await docker("run", "-d", "--name", "long", "-m", "64m", ...on, "base", "sleep", "1000")).code
    ).toBe(0)
    expect((await docker("exec", "long", "sh", "-c", "exit 3")).code).toBe(3)
    for (const words of [
      ["pause"],
      ["unpause"],
      ["update", "-m", "80m", "--memory-swap", "160m"],
      ["stop", "-t", "0"],
      ["rm"]
    ])
      expect([words[0], (await docker(...words, "long")).code]).toEqual([words[0], 0])
  })
})
