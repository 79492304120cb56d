import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import * as Compiler from "../support/Compiler.js"
import { type Caller, type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Registry from "../support/registry/Registry.js"
import * as Unprivileged from "../support/Unprivileged.js"

/**
 * The tutorial that the project grew out of, section by section, with the real command line: what an image and its
 * layers are, pull, inspect, run, ps, rm, build, cache, history, a multi-stage build that compiles C, commit. Formats are
 * those that the tutorial shows (Docker 19.03's), but for one: a step that only changes the config needs no intermediate
 * container here, so none is told of.
 */

vi.setConfig({ testTimeout: 120_000 })

const helloSource = `#include <sys/syscall.h>
#include <unistd.h>
const char message[] = "\\nDockerから、こんにちは!\\n\\n";
int main() { syscall(SYS_write, STDOUT_FILENO, message, sizeof(message) - 1); return 0; }
`

const ordinary = process.getuid?.() === 0 ? Unprivileged.create() : undefined
const callers: ReadonlyArray<Caller> = ordinary === undefined ? [root] : [root, ordinary]
if (ordinary === undefined) console.warn("tutorial as another user: skipped, making that user needs root")
afterAll(() => ordinary?.remove())

const lines = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line !== "")
const id = /^[0-9a-f]{12}$/

describe.each(callers)("the tutorial as $label", (caller) => {
  let dir: string
  let k: Kasane

  const file = (name: string, text: string | Uint8Array): void => {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    fs.writeFileSync(path.join(dir, name), text)
    fs.chmodSync(path.join(dir, name), name.endsWith("hello") ? 0o755 : 0o644)
  }

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-tutorial")
    k = kasane(caller, path.join(dir, "store"))
  })
  afterAll(async () => {
    await k.run(["system", "prune", "--all", "--force"])
    fs.rmSync(dir, { recursive: true, force: true })
  })

  /** Column texts of a table that the command printed, by the header's names. */
  const table = async (...args: ReadonlyArray<string>): Promise<ReadonlyArray<Record<string, string>>> => {
    const [header = "", ...rows] = lines(await k.ok(args))
    const names = Array.from(header.matchAll(/\S+(?: \S+)*/g), (match) => ({
      name: match[0],
      at: match.index
    }))
    return rows.map((row) =>
      Object.fromEntries(
        names.map(({ name, at }, index) => [name, row.slice(at, names[index + 1]?.at).trimEnd()])
      )
    )
  }

  describe("5. an image of one's own", () => {
    it("FROM scratch alone makes no image, and says so", async () => {
      const built = await k.run(["build", "-t", "myhello", "-"], { input: "FROM scratch\n" })
      expect(built.code).toBe(1)
      expect(built.stdout).toMatch(/^Sending build context to Docker daemon {2}2\.048kB\r?\n?/)
      expect(built.stdout + built.stderr).toContain("Step 1/1 : FROM scratch\n ---> \n")
      expect(built.stdout + built.stderr).toContain("No image was generated. Is your Dockerfile empty?")
      expect(await table("images")).toEqual([])
    })

    it("COPY puts a file into a layer; a second build uses the cache", async () => {
      const { hello } = await import("../support/Hello.js")
      file("myhello/hello", hello)
      file("myhello/Dockerfile", "FROM scratch\nCOPY hello /\n")
      const context = path.join(dir, "myhello")
      const first = await k.ok(["build", "-t", "myhello", context])
      expect(first).toMatch(
        /Step 1\/2 : FROM scratch\n ---> \nStep 2\/2 : COPY hello \/\n ---> [0-9a-f]{12}\nSuccessfully built [0-9a-f]{12}\nSuccessfully tagged myhello:latest\n$/
      )
      const again = await k.ok(["build", "-t", "myhello", context])
      expect(again).toContain("Step 2/2 : COPY hello /\n ---> Using cache\n ---> ")
      const [image] = await table("images")
      expect(image).toMatchObject({ REPOSITORY: "myhello", TAG: "latest" })
      expect(image?.["IMAGE ID"]).toMatch(id)
      expect(image?.["SIZE"]).toMatch(/^[\d.]+k?B$/)
    })

    it("an image without a command cannot run by itself", async () => {
      const refused = await k.run(["run", "--rm", "myhello"])
      expect(refused.code).toBe(125)
      expect(refused.stderr).toContain("No command specified")
      expect(refused.stderr).toContain("Run 'kasane run --help' for more information")
      const greeted = await k.ok(["run", "--rm", "myhello", "/hello"])
      expect(greeted).toContain("Hello from kasane!")
    })

    it("CMD makes a second image that shares the first one's layer", async () => {
      file("myhello/Dockerfile", 'FROM scratch\nCOPY hello /\nCMD ["/hello"]\n')
      const built = await k.ok(["build", "-t", "myhello:v2", path.join(dir, "myhello")])
      expect(built).toMatch(/Step 2\/3 : COPY hello \/\n ---> Using cache\n ---> [0-9a-f]{12}\n/)
      expect(built).toMatch(/Step 3\/3 : CMD \["\/hello"\]\n ---> [0-9a-f]{12}\nSuccessfully built/)
      expect(await k.ok(["run", "--rm", "myhello:v2"])).toContain("Hello from kasane!")

      const latest = await table("history", "myhello:latest")
      const v2 = await table("history", "myhello:v2")
      expect(v2.map((row) => row["CREATED BY"])).toEqual([
        '/bin/sh -c #(nop)  CMD ["/hello"]',
        expect.stringMatching(/^\/bin\/sh -c #\(nop\) COPY file:[0-9a-f]+…$/)
      ])
      expect(v2[1]?.["IMAGE"]).toBe(latest[0]?.["IMAGE"])
      expect(v2[0]?.["SIZE"]).toBe("0B")

      const layers = async (name: string): Promise<ReadonlyArray<string>> =>
        JSON.parse(await k.ok(["inspect", "--format", "{{json .RootFS.Layers}}", name]))
      expect(await layers("myhello:v2")).toEqual(await layers("myhello:latest"))
    })

    it("images shows both tags", async () => {
      expect((await table("images")).map((row) => `${row["REPOSITORY"]}:${row["TAG"]}`).sort()).toEqual([
        "myhello:latest",
        "myhello:v2"
      ])
    })
  })

  describe("2. pulling", () => {
    it("an official image comes by its short name, is told layer by layer, and is up to date afterwards", async () => {
      const scope = Effect.runSync(Scope.make())
      const registry = await Effect.runPromise(Scope.extend(Registry.start(), scope))
      try {
        const hub = `${registry.host}/library/hello-world`
        await k.ok(["tag", "myhello:v2", hub])
        expect(await k.ok(["push", hub])).toMatch(/latest: digest: sha256:[0-9a-f]{64} size: \d+\n$/)
        await k.ok(["rmi", hub])
        // The registry stands in for Docker Hub, as a mirror of it.
        file(
          "config/kasane/registries.json",
          JSON.stringify({ "registry-mirrors": [`http://${registry.host}`] })
        )
        const env = { XDG_CONFIG_HOME: path.join(dir, "config") }
        const fresh = kasane(caller, path.join(dir, "fresh"))
        expect(await fresh.ok(["pull", "hello-world"], { env })).toMatch(
          /^Using default tag: latest\nlatest: Pulling from library\/hello-world\n(?:[0-9a-f]{12}: [\w ]+\n)*[0-9a-f]{12}: Pull complete\nDigest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for hello-world:latest\ndocker\.io\/library\/hello-world:latest\n$/
        )
        expect(await fresh.ok(["pull", "hello-world"], { env })).toContain(
          "Status: Image is up to date for hello-world:latest\n"
        )
        expect(await fresh.ok(["run", "--rm", "hello-world"])).toContain("Hello from kasane!")
        await fresh.ok(["rmi", "hello-world"])
      } finally {
        await Effect.runPromise(Scope.close(scope, Exit.void))
      }
    })
  })

  describe("3. looking into an image", () => {
    it("the layer is a directory on the host; the file in it runs", async () => {
      const upper = (await k.ok(["inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", "myhello:v2"])).trim()
      const listed = execFileSync("ls", ["-l", upper], { encoding: "utf8" })
      expect(listed).toMatch(/^-rwxr-xr-x .* hello$/m)
      expect(execFileSync(path.join(upper, "hello"), { encoding: "utf8" })).toContain("Hello from kasane!")
    })

    it("inspect tells id, tags and command", async () => {
      const [image] = JSON.parse(await k.ok(["inspect", "myhello:v2"]))
      expect(image.Id).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(image.RepoTags).toContain("myhello:v2")
      expect(image.Config.Cmd).toEqual(["/hello"])
      expect(image.GraphDriver.Name).toBe("overlay2")
    })
  })

  describe("4. containers", () => {
    it("a container stays after its command ended, until it is removed by a prefix of its id", async () => {
      expect(await k.ok(["run", "myhello:v2"])).toContain("Hello from kasane!")
      const [container] = await table("ps", "-a")
      expect(container).toMatchObject({
        IMAGE: "myhello:v2",
        COMMAND: '"/hello"',
        STATUS: expect.stringMatching(/^Exited \(0\) /),
        NAMES: expect.stringMatching(/^[a-z]+_[a-z]+$/)
      })
      const prefix = (container?.["CONTAINER ID"] ?? "").slice(0, 4)
      expect(await k.ok(["rm", prefix])).toBe(`${prefix}\n`)
      expect(await table("ps", "-a")).toEqual([])
    })

    it("--rm leaves nothing", async () => {
      await k.ok(["run", "--rm", "myhello:v2"])
      expect(await table("ps", "-a")).toEqual([])
    })

    it("commit makes an image of what a container wrote", async () => {
      await k.ok(["import", RootFs.tar(dir), "base:1"])
      await k.ok(["run", "--name", "writer", "base:1", "/bin/sh", "-c", "echo written > /file"])
      expect(await k.ok(["diff", "writer"])).toBe("A /file\n")
      expect(await k.ok(["commit", "-c", 'CMD ["cat", "/file"]', "writer", "committed"])).toMatch(
        /^sha256:[0-9a-f]{64}\n$/
      )
      expect(await k.ok(["run", "--rm", "committed"])).toBe("written\n")
      // The layer has the file, and nothing of what a start makes to mount on.
      const upper = (await k.ok(["inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", "committed"])).trim()
      expect(fs.readdirSync(upper)).toEqual(["file"])
      await k.ok(["rm", "writer"])
    })
  })

  describe("6. a multi-stage build", () => {
    it("compiles C in one stage and keeps only the program in the other", async ({ skip }) => {
      if (!Compiler.available()) skip("no C compiler on this host")
      file("my-hello-world/hello.c", helloSource)
      const compiler = path.join(dir, "compiler")
      fs.mkdirSync(compiler)
      RootFs.fill(compiler)
      Compiler.install(compiler, path.join(dir, "my-hello-world/hello.c"))
      execFileSync("tar", ["-C", compiler, "--owner=0", "--group=0", "-cf", `${compiler}.tar`, "."])
      await k.ok(["import", "-c", "ENV PATH=/usr/bin:/bin", `${compiler}.tar`, "alpine:latest"])
      file(
        "my-hello-world/Dockerfile",
        `FROM alpine:latest AS build
RUN gcc --version
COPY hello.c /
RUN gcc -static -o hello hello.c

FROM scratch AS release
COPY --from=build /hello /
CMD ["/hello"]
`
      )
      const built = await k.ok(["build", "-t", "my-hello-world:latest", path.join(dir, "my-hello-world")])
      expect(built).toMatch(/Step 7\/7 : CMD \["\/hello"\]\n/)
      expect(built).toMatch(/Successfully tagged my-hello-world:latest\n$/)
      expect(await k.ok(["run", "--rm", "my-hello-world"])).toContain("Dockerから、こんにちは!")

      const stage = (await table("images")).find((row) => row["REPOSITORY"] === "<none>")
      expect(stage).toMatchObject({ TAG: "<none>", "IMAGE ID": expect.stringMatching(id) })
      const history = await table("history", stage?.["IMAGE ID"] ?? "")
      expect(history[0]?.["CREATED BY"]).toBe("/bin/sh -c gcc -static -o hello hello.c")
      expect(history[1]?.["CREATED BY"]).toMatch(/^\/bin\/sh -c #\(nop\) COPY file:[0-9a-f]+…/)
      const release = await table("history", "my-hello-world")
      expect(release).toHaveLength(2)
    })
  })
})
