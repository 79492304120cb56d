import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Bundle from "../support/Bundle.js"

/*
 * What the runtime specification asks of a runtime's operations, by the cases of opencontainers/runtime-tools: create,
 * start, state, kill, killsig, kill_no_effect, delete, delete_resources, delete_only_create_resources, hooks, hooks_stdin,
 * prestart(_fail), poststart(_fail), poststop(_fail), pidfile, misc_props, config_updates_without_affect, process*,
 * mounts, linux_*. Needs root.
 */
describe.skipIf(process.getuid?.() !== 0)("kasane oci", { timeout: 30_000 }, () => {
  let bundle: Bundle.Bundle
  let ids = 0
  const freshId = () => `kasane-test-${process.pid}-${ids++}`
  const { config } = Bundle

  beforeAll(() => {
    bundle = Bundle.make()
  })
  afterAll(() => bundle.remove())

  /** Runs a container to its end, as `run` does. */
  const run = (made: object) => {
    bundle.write(made)
    return bundle.oci("run", "--bundle", bundle.directory, freshId())
  }

  it("creates a container that waits, starts it once, and deletes it when it has ended", async () => {
    const id = freshId()
    const output = `${bundle.rootfs}/output-${id}`
    expect((await bundle.oci("start")).code).not.toBe(0)
    expect((await bundle.oci("start", id)).stderr).toContain("does not exist")
    bundle.write(
      config(`echo called >> /output-${id}; exec sleep 1000`, { annotations: { "org.example": "x" } })
    )
    const pidFile = `${bundle.directory}/pid`
    expect(await bundle.create(id, "--pid-file", pidFile)).toMatchObject({ code: 0, stdout: "", stderr: "" })
    expect((await bundle.create(id)).stderr).toContain("already exists")
    // From here on the file counts no more.
    bundle.write({ ociVersion: "1.0.0" })
    const state = JSON.parse((await bundle.oci("state", id)).stdout)
    expect(state).toMatchObject({
      ociVersion: "1.0.2",
      id,
      status: "created",
      pid: Number(fs.readFileSync(pidFile, "utf8")),
      bundle: bundle.directory,
      annotations: { "org.example": "x" }
    })
    expect(fs.existsSync(output)).toBe(false)
    expect((await bundle.oci("delete", id)).stderr).toContain("it is created")
    expect((await bundle.oci("start", id)).code).toBe(0)
    await bundle.until(id, "running")
    expect((await bundle.oci("start", id)).stderr).toContain("it is running")
    expect((await bundle.oci("delete", id)).stderr).toContain("it is running")
    expect((await bundle.oci("list", "--format", "json")).stdout).toContain(id)
    expect((await bundle.oci("ps", "--format", "json", id)).stdout.trim()).toBe(`[${state.pid}]`)
    expect((await bundle.oci("kill", id, "KILL")).code).toBe(0)
    await bundle.until(id, "stopped")
    expect(fs.readFileSync(output, "utf8")).toBe("called\n")
    const stopped = (await bundle.oci("state", id)).stdout
    expect((await bundle.oci("kill", id, "KILL")).stderr).toContain("not running")
    expect((await bundle.oci("state", id)).stdout).toBe(stopped)
    expect((await bundle.oci("delete", id)).code).toBe(0)
    expect((await bundle.oci("state", id)).stderr).toContain("does not exist")
    expect((await bundle.oci("delete", id)).code).not.toBe(0)
    expect((await bundle.oci("delete", "--force", id)).code).toBe(0)
    // The id is free again.
    bundle.write(config("true"))
    expect((await bundle.create(id)).code).toBe(0)
    expect((await bundle.oci("delete", "--force", id)).code).toBe(0)
  })

  it("goes to the working directory before its filter is in force, which may refuse that to the command", async () => {
    const seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["getcwd", "chdir"], action: "SCMP_ACT_ERRNO" }]
    }
    const made = config("cd / 2>/dev/null || echo refused")
    const ran = await run({ ...made, linux: { ...made.linux, seccomp } })
    expect(ran).toMatchObject({ code: 0, stdout: "refused\n" })
  })

  it("sends the signal that was asked for, by name or number", async () => {
    const id = freshId()
    const script =
      'for s in TERM USR1 USR2 HUP; do trap "echo $s >> /signals" $s; done; echo ready > /signals; while :; do sleep 0.05; done'
    bundle.write(config(script))
    await bundle.create(id)
    await bundle.oci("start", id)
    const seen = () => {
      const file = `${bundle.rootfs}/signals`
      return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : []
    }
    const wanted: Array<string> = ["ready"]
    await expect.poll(seen, { timeout: 20_000 }).toEqual(wanted)
    for (const [signal, name] of [
      ["", "TERM"],
      ["SIGUSR1", "USR1"],
      ["12", "USR2"],
      ["hup", "HUP"]
    ] as const) {
      expect((await bundle.oci("kill", id, ...(signal === "" ? [] : [signal]))).code).toBe(0)
      wanted.push(name)
      await expect.poll(seen, { timeout: 20_000 }).toEqual(wanted)
    }
    expect((await bundle.oci("kill", id, "NOPE")).stderr).toContain("unknown signal")
    await bundle.oci("delete", "--force", id)
  })

  it("runs every hook at its time, with the state on its stdin", async () => {
    const id = freshId()
    const log = `${bundle.directory}/hooks`
    fs.rmSync(log, { force: true })
    // Inside the container its path is another one; the log lies at the same place by a bind.
    fs.mkdirSync(`${bundle.rootfs}${bundle.directory}`, { recursive: true })
    const hook = (name: string) => ({
      path: "/bin/sh",
      args: ["sh", "-c", `echo ${name} $(cat | grep -o '"status": *"[a-z]*"') $MARK >> ${log}`],
      env: ["PATH=/usr/bin:/bin", `MARK=${name}`],
      timeout: 20
    })
    const names = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
    const made = config(`echo process >> ${log}; exec sleep 1000`, {
      hooks: Object.fromEntries(names.map((name) => [name, [hook(name)]]))
    })
    const mounts = [
      ...made.mounts,
      { destination: bundle.directory, type: "bind", source: bundle.directory, options: ["rbind"] }
    ]
    bundle.write({ ...made, mounts })
    const told = () => (fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n") : [])
    expect(await bundle.create(id)).toMatchObject({ code: 0, stderr: "" })
    const creating = ["prestart", "createRuntime", "createContainer"].map(
      (name) => `${name} "status":"creating" ${name}`
    )
    expect(told()).toEqual(creating)
    expect(await bundle.oci("start", id)).toMatchObject({ code: 0, stderr: "" })
    await expect.poll(() => told().length, { timeout: 20_000 }).toBe(6)
    const [start, ...rest] = told().slice(3)
    expect(start).toBe('startContainer "status":"created" startContainer')
    expect(new Set(rest)).toEqual(new Set(["process", 'poststart "status":"running" poststart']))
    await bundle.oci("kill", id, "KILL")
    await bundle.until(id, "stopped")
    expect((await bundle.oci("delete", id)).code).toBe(0)
    expect(told()[6]).toBe('poststop "status":"stopped" poststop')
  })

  for (const kind of ["prestart", "createRuntime", "createContainer"])
    it(`leaves nothing of a container whose ${kind} hook fails, or takes too long`, async () => {
      const id = freshId()
      const failing = { path: "/bin/sh", args: ["sh", "-c", "exit 3"] }
      bundle.write(config("true", { hooks: { [kind]: [failing] } }))
      const { code, stderr } = await bundle.create(id)
      expect(code).not.toBe(0)
      expect(stderr).toContain(kind)
      expect(await bundle.status(id)).toContain("does not exist")
      bundle.write(
        config("true", {
          hooks: { [kind]: [{ path: "/bin/sh", args: ["sh", "-c", "sleep 60"], timeout: 1 }] }
        })
      )
      expect((await bundle.create(id)).code).not.toBe(0)
      expect(await bundle.status(id)).toContain("does not exist")
      expect(fs.existsSync(`/sys/fs/cgroup/pids/kasane/${id}`)).toBe(false)
    })

  it("goes on when a poststart or poststop hook fails, and stops for a startContainer hook", async () => {
    const id = freshId()
    const failing = [{ path: "/bin/false" }]
    bundle.write(config("exec sleep 1000", { hooks: { poststart: failing, poststop: failing } }))
    await bundle.create(id)
    expect((await bundle.oci("start", id)).code).toBe(0)
    expect(await bundle.status(id)).toBe("running")
    expect((await bundle.oci("delete", "--force", id)).code).toBe(0)
    expect(await bundle.status(id)).toContain("does not exist")
    const other = freshId()
    bundle.write(config("echo no > /no", { hooks: { startContainer: [{ path: "/bin/false" }] } }))
    await bundle.create(other)
    const { code, stderr } = await bundle.oci("start", other)
    expect(code).not.toBe(0)
    expect(stderr).toContain("startContainer")
    await bundle.until(other, "stopped")
    expect(fs.existsSync(`${bundle.rootfs}/no`)).toBe(false)
    await bundle.oci("delete", other)
  })

  it("gives the process what the bundle says, and exits with its code", async () => {
    const made = config(
      "id -u; id -g; id -G; pwd; umask; echo $MARK; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; ulimit -n; cat /proc/self/oom_score_adj; hostname; exit 9",
      { hostname: "box" }
    )
    const { process: plain } = made
    const { code, stdout, stderr } = await run({
      ...made,
      process: {
        ...plain,
        cwd: "/usr",
        env: [...plain.env, "MARK=here"],
        user: { uid: 1000, gid: 1000, umask: 0o27, additionalGids: [50] },
        capabilities: {
          bounding: ["CAP_KILL", "CAP_CHOWN"],
          permitted: ["CAP_KILL"],
          effective: ["CAP_KILL"]
        },
        noNewPrivileges: true,
        rlimits: [{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }],
        oomScoreAdj: 300
      }
    })
    expect({ code, stderr }).toEqual({ code: 9, stderr: "" })
    expect(stdout.replaceAll("\t", " ").trim().split("\n")).toEqual([
      ...["1000", "1000", "1000 50", "/usr", "0027", "here"],
      // execve leaves a user who is not root without any.
      ...["CapBnd: 0000000000000021", "CapEff: 0000000000000000", "NoNewPrivs: 1"].sort((a, b) =>
        a.startsWith("CapEff") ? -1 : b.startsWith("CapEff") ? 1 : 0
      ),
      ...["100", "300", "box"]
    ])
  })

  it("mounts what the bundle lists, and guards its paths", async () => {
    fs.mkdirSync(`${bundle.rootfs}/seed/sub`, { recursive: true })
    fs.writeFileSync(`${bundle.rootfs}/seed/sub/file`, "from the image\n", { mode: 0o640 })
    fs.symlinkSync("sub/file", `${bundle.rootfs}/seed/link`)
    fs.mkdirSync(`${bundle.directory}/source`, { recursive: true })
    fs.writeFileSync(`${bundle.directory}/source/file`, "mine\n")
    const made = config(
      [
        "cat /mnt/file; echo x 2>/dev/null > /mnt/file || echo ro",
        "cat /seed/link; stat -c %a /seed/sub/file; echo more >> /seed/sub/file && tail -1 /seed/sub/file",
        "wc -c < /proc/version; mkdir /proc/sys/x 2>/dev/null || echo guarded",
        "touch /here 2>/dev/null || echo sealed",
        "stat -c '%t:%T %a' /dev/null /dev/mine; readlink /dev/fd; readlink /dev/ptmx"
      ].join("\n"),
      { root: { path: "rootfs", readonly: true } }
    )
    const { stdout, stderr } = await run({
      ...made,
      mounts: [
        ...made.mounts,
        { destination: "/mnt", type: "bind", source: "source", options: ["bind", "ro"] },
        { destination: "/seed", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=1m"] }
      ],
      linux: {
        ...made.linux,
        maskedPaths: ["/proc/version"],
        readonlyPaths: ["/proc/sys"],
        devices: [{ path: "/dev/mine", type: "c", major: 1, minor: 5, fileMode: 0o600 }]
      }
    })
    expect(stderr).toBe("")
    expect(stdout.trim().split("\n")).toEqual([
      ...["mine", "ro", "from the image", "640", "more", "0", "guarded", "sealed"],
      ...["1:3 666", "1:5 600", "/proc/self/fd", "pts/ptmx"]
    ])
    expect(fs.readFileSync(`${bundle.rootfs}/seed/sub/file`, "utf8")).toBe("from the image\n")
  })

  it("makes, joins or keeps each namespace, and refuses one of another kind", async () => {
    const links = ["pid", "net", "ipc", "uts"]
    const show = `for n in ${links.join(" ")}; do readlink /proc/self/ns/$n; done`
    const ofHost = links.map((name) => fs.readlinkSync(`/proc/self/ns/${name}`))
    const fresh = (await run(config(show))).stdout.trim().split("\n")
    for (const [index, link] of fresh.entries()) expect(link).not.toBe(ofHost[index])
    const kept = config(show)
    const shared = await run({ ...kept, linux: { namespaces: [{ type: "mount" }] } })
    expect(shared.stdout.trim().split("\n")).toEqual(ofHost)
    const holder = spawn("unshare", ["--net", "--uts", "--ipc", "sleep", "1000"], { stdio: "ignore" })
    try {
      const path = (name: string) => `/proc/${holder.pid}/ns/${name}`
      await expect.poll(() => fs.readlinkSync(path("net")), { timeout: 20_000 }).not.toBe(ofHost[1])
      const namespaces = [
        { type: "mount" },
        { type: "network", path: path("net") },
        { type: "uts", path: path("uts") },
        { type: "ipc", path: path("ipc") }
      ]
      const joined = await run({ ...kept, linux: { namespaces } })
      expect(joined.stdout.trim().split("\n").slice(1)).toEqual(
        ["net", "ipc", "uts"].map((name) => fs.readlinkSync(path(name)))
      )
      const wrong = await run({
        ...kept,
        linux: { namespaces: [{ type: "mount" }, { type: "ipc", path: path("net") }] }
      })
      expect(wrong.code).not.toBe(0)
      expect(wrong.stderr).toContain("setns")
    } finally {
      holder.kill("SIGKILL")
    }
  })

  it("maps ids in a user namespace, filters system calls and sets parameters", async () => {
    const made = config(
      "cat /proc/self/uid_map; mkdir /tmp/x; chmod 700 /tmp/x || echo filtered; cat /proc/sys/net/ipv4/ip_forward"
    )
    const { stdout, stderr } = await run({
      ...made,
      linux: {
        ...made.linux,
        namespaces: [...made.linux.namespaces, { type: "user" }],
        uidMappings: [{ containerID: 0, hostID: 0, size: 100 }],
        gidMappings: [{ containerID: 0, hostID: 0, size: 100 }],
        sysctl: { "net.ipv4.ip_forward": "1" },
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["chmod", "fchmodat", "fchmodat2"], action: "SCMP_ACT_ERRNO" }]
        }
      }
    })
    expect(stdout.trim().split(/\s+/)).toEqual(["0", "0", "100", "filtered", "1"])
    expect(stderr).toContain("not permitted")
  })

  it("puts a container into the control group that the bundle names, and removes no other", async () => {
    const hierarchy = "/sys/fs/cgroup/pids"
    if (!fs.existsSync(`${hierarchy}/cgroup.procs`)) return
    const parent = `/kasane-test-${process.pid}`
    fs.mkdirSync(`${hierarchy}${parent}/other`, { recursive: true })
    const id = freshId()
    const made = config("exec sleep 1000")
    bundle.write({
      ...made,
      linux: { ...made.linux, cgroupsPath: `${parent}/${id}`, resources: { pids: { limit: 50 } } }
    })
    expect(await bundle.create(id)).toMatchObject({ code: 0, stderr: "" })
    const group = `${hierarchy}${parent}/${id}`
    expect(fs.readFileSync(`${group}/pids.max`, "utf8").trim()).toBe("50")
    const { pid } = JSON.parse((await bundle.oci("state", id)).stdout)
    expect(fs.readFileSync(`${group}/cgroup.procs`, "utf8").trim()).toBe(String(pid))
    await bundle.oci("start", id)
    fs.writeFileSync(`${bundle.directory}/limits.json`, JSON.stringify({ pids: { limit: 60 } }))
    expect(await bundle.oci("update", "--resources", `${bundle.directory}/limits.json`, id)).toMatchObject({
      code: 0
    })
    expect(fs.readFileSync(`${group}/pids.max`, "utf8").trim()).toBe("60")
    expect((await bundle.oci("pause", id)).code).toBe(0)
    expect(await bundle.status(id)).toBe("paused")
    expect((await bundle.oci("resume", id)).code).toBe(0)
    expect((await bundle.oci("delete", "--force", id)).code).toBe(0)
    expect(fs.existsSync(group)).toBe(false)
    expect(fs.existsSync(`${hierarchy}${parent}/other`)).toBe(true)
    for (const top of fs.readdirSync("/sys/fs/cgroup"))
      for (const below of ["/other", ""])
        if (fs.existsSync(`/sys/fs/cgroup/${top}${parent}${below}`))
          fs.rmdirSync(`/sys/fs/cgroup/${top}${parent}${below}`)
  })

  it("executes further processes, by a description or by words", async () => {
    const id = freshId()
    bundle.write(config("exec sleep 1000"))
    await bundle.create(id)
    await bundle.oci("start", id)
    const words = await bundle.oci(
      "exec",
      "--env",
      "A=b",
      "--cwd",
      "/usr",
      "--user",
      "7:8",
      id,
      "sh",
      "-c",
      "echo $A $(pwd) $(id -u):$(id -g); exit 4"
    )
    expect(words).toEqual({ code: 4, stdout: "b /usr 7:8\n", stderr: "" })
    fs.writeFileSync(
      `${bundle.directory}/process.json`,
      JSON.stringify({
        args: ["sh", "-c", "readlink /proc/self/ns/uts"],
        cwd: "/",
        env: ["PATH=/bin"],
        user: { uid: 0, gid: 0 }
      })
    )
    const described = await bundle.oci("exec", "--process", `${bundle.directory}/process.json`, id)
    expect(described.stdout).not.toBe(`${fs.readlinkSync("/proc/self/ns/uts")}\n`)
    expect((await bundle.oci("exec", id, "nope")).stderr).toContain("executable file not found in $PATH")
    await bundle.oci("delete", "--force", id)
    expect((await bundle.oci("exec", id, "true")).stderr).toContain("does not exist")
  })

  it("tells before the start that a command is not there, or cannot be executed", async () => {
    const id = freshId()
    for (const [command, why] of [
      ["nope", "executable file not found in $PATH"],
      ["/nope", "no such file or directory"],
      ["/usr", "permission denied"]
    ] as const) {
      const made = config("")
      bundle.write({ ...made, process: { ...made.process, args: [command] } })
      const log = `${bundle.directory}/log.json`
      fs.rmSync(log, { force: true })
      const { code, stderr } = await bundle.oci(
        "--log",
        log,
        "--log-format",
        "json",
        "create",
        "--bundle",
        bundle.directory,
        id
      )
      expect([code, stderr.includes(why)]).toEqual([1, true])
      expect(JSON.parse(fs.readFileSync(log, "utf8"))).toMatchObject({
        level: "error",
        msg: expect.stringContaining(why)
      })
      expect(await bundle.status(id)).toContain("does not exist")
    }
  })

  it("hands the terminal over by the console socket", async () => {
    const id = freshId()
    const socket = `${bundle.directory}/console`
    // Node cannot receive descriptors; that something connects and the process has a terminal is what can be seen.
    const connected = new Promise<void>((resolve) => {
      const server = net.createServer((peer) => {
        peer.resume()
        peer.on("error", () => undefined)
        resolve()
        server.close()
      })
      server.listen(socket)
    })
    const made = config("tty > /tty; stty size >> /tty; exec sleep 1000")
    bundle.write({
      ...made,
      process: { ...made.process, terminal: true, consoleSize: { height: 33, width: 77 } }
    })
    expect((await bundle.create(id)).stderr).toContain("--console-socket")
    expect(await bundle.create(id, "--console-socket", socket)).toMatchObject({ code: 0, stderr: "" })
    await connected
    await bundle.oci("delete", "--force", id)
  })

  it("refuses what it does not do, and ids that are no names", async () => {
    bundle.write(config("true"))
    expect((await bundle.oci("--systemd-cgroup", "create", "x")).stderr).toContain("not supported")
    expect((await bundle.create("x", "--no-pivot")).stderr).toContain("not supported")
    expect((await bundle.create("../x")).stderr).toContain("invalid container ID")
    expect((await bundle.oci("checkpoint", "x")).stderr).toContain("unknown command")
    bundle.write({ ...config("true"), ociVersion: "invalid" })
    expect((await bundle.create(freshId())).stderr).toContain("ociVersion")
    const { stdout } = await bundle.oci("features")
    expect(JSON.parse(stdout).hooks).toContain("startContainer")
  })
})
