import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Bundle from "../support/Bundle.js"
import { run } from "../support/Kasane.js"
import * as Peer from "../support/Peer.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

/** What this machine lets nobody raise: podman's own defaults would. */
const limits = ["--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1024:4096"]

const isRoot = process.getuid?.() === 0

/** Engines that drive `kasane oci` as their runtime. They are peers: where they are not installed there is nothing to test. */
describe.skipIf(!isRoot || Peer.podman === undefined)(
  "podman on kasane's runtime",
  { timeout: 90_000 },
  () => {
    const directory = fs.mkdtempSync("/tmp/kasane-podman-")
    const place = (name: string) => path.join(directory, name)
    const podman = (...words: ReadonlyArray<string>) =>
      run(Peer.podman ?? "", [
        ...["--root", place("root"), "--runroot", place("run"), "--tmpdir", place("tmp")],
        ...["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--runtime", Bundle.program],
        ...words
      ])

    beforeAll(async () => {
      expect(await podman("import", RootFs.tar(directory), "base")).toMatchObject({ code: 0 })
    }, 90_000)
    afterAll(async () => {
      await podman("rm", "--all", "--force", "--time", "0")
      await podman("rmi", "--all", "--force")
      fs.rmSync(directory, { recursive: true, force: true })
    }, 90_000)

    it("runs containers: output, exit codes, limits, a terminal, a missing command", async () => {
      const once = ["run", "--rm", "--network", "none", ...limits]
      expect(await podman(...once, "-m", "64m", "base", "sh", "-c", "echo out; id -u; exit 7")).toMatchObject(
        {
          code: 7,
          stdout: "out\n0\n"
        }
      )
      expect((await podman(...once, "-t", "base", "tty")).stdout).toBe("/dev/pts/0\r\n")
      expect(
        (await podman(...once, "--read-only", "base", "sh", "-c", "touch /tmp/x && touch /x || echo sealed"))
          .stdout
      ).toBe("sealed\n")
      const missing = await podman(...once, "base", "nope")
      expect([missing.code, missing.stderr]).toEqual([
        127,
        expect.stringContaining("executable file not found")
      ])
    })

    it("keeps a container, executes in it, pauses, stops and removes it", async () => {
      const script = "trap 'exit 5' TERM; while :; do sleep 0.1; done"
      const started = await podman(
        "run",
        "-d",
        "--name",
        "c",
        "--network",
        "none",
        ...limits,
        "base",
        "sh",
        "-c",
        script
      )
      expect(started).toMatchObject({ code: 0 })
      expect((await podman("exec", "c", "sh", "-c", "echo in; exit 3")).code).toBe(3)
      expect((await podman("exec", "-t", "c", "tty")).stdout).toBe("/dev/pts/0\r\n")
      expect((await podman("pause", "c")).code).toBe(0)
      expect((await podman("inspect", "--format", "{{.State.Status}}", "c")).stdout).toBe("paused\n")
      expect((await podman("unpause", "c")).code).toBe(0)
      expect((await podman("stop", "--time", "30", "c")).code).toBe(0)
      expect((await podman("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "c")).stdout).toBe(
        "exited 5\n"
      )
      expect((await podman("start", "c")).code).toBe(0)
      expect((await podman("rm", "--force", "--time", "0", "c")).code).toBe(0)
    })

    it("runs an ordinary user's containers, in podman's user namespace", async () => {
      const user = Unprivileged.create()
      try {
        const image = path.join(user.home, "base.tar")
        fs.copyFileSync(RootFs.tar(directory), image)
        const [setpriv = "", ...before] = user.prefix
        const store = ["--root", `${user.home}/root`, "--runroot", `${user.home}/runroot`]
        const theirs = (...words: ReadonlyArray<string>) =>
          run(
            setpriv,
            [
              ...[...before, Peer.podman ?? "", ...store, "--storage-driver", "vfs"],
              ...["--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", Bundle.program],
              ...words
            ],
            { env: user.env, cwd: user.home }
          )
        expect(await theirs("import", image, "base")).toMatchObject({ code: 0 })
        const script = "id -u; touch /x; head -c 1 /dev/zero | wc -c; exit 7"
        expect(
          await theirs("run", "--rm", "--network", "none", ...limits, "base", "sh", "-c", script)
        ).toMatchObject({ code: 7, stdout: "0\n1\n" })
      } finally {
        user.remove()
      }
    })

    it.skipIf(Peer.buildah === undefined)("buildah runs build steps on it", async () => {
      const options = ["--root", place("root"), "--runroot", place("run"), "--storage-driver", "vfs"]
      const buildah = (...words: ReadonlyArray<string>) => run(Peer.buildah ?? "", [...options, ...words])
      const from = await buildah("from", "localhost/base")
      expect(from).toMatchObject({ code: 0 })
      const name = from.stdout.trim()
      const step = await buildah(
        ...["run", "--runtime", Bundle.program, "--isolation", "oci", "--network", "none"],
        ...[name, "sh", "-c", "echo built > /built; cat /built"]
      )
      expect(step).toMatchObject({ code: 0, stdout: "built\n" })
      await buildah("rm", name)
    })
  }
)
