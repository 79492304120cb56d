import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as GitServer from "../support/GitServer.js"
import { type Caller, kasane as commandLine, type Kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const user = Unprivileged.create()
afterAll(() => user.remove())

describe.each<Caller>([root, user])("as $label", (caller) => {
  let kasane: Kasane
  let directory: string
  let server: GitServer.GitServer

  /** Builds with these words and gives what the image's /out holds. */
  const made = async (args: ReadonlyArray<string>, options: { input?: string; cwd?: string } = {}) => {
    await kasane.ok(["build", "-q", "-t", "made", ...args], options)
    return await kasane.ok(["run", "--rm", "made", "cat", "/out"])
  }

  const file = (name: string, content: string): void => {
    const full = path.join(directory, name)
    fs.mkdirSync(path.dirname(full), { recursive: true })
    fs.writeFileSync(full, content)
    execFileSync("chmod", ["-R", "a+rX", directory])
  }

  beforeAll(async () => {
    const dir = await scratch(caller, "kasane-sources")
    server = await GitServer.start(fs.mkdtempSync(path.join(root.home, "kasane-served-")))
    kasane = commandLine(caller, path.join(dir, "store"))
    directory = path.join(dir, "files")
    fs.mkdirSync(`${directory}/base`, { recursive: true })
    RootFs.fill(`${directory}/base`)
    file("base.Dockerfile", "FROM scratch\nCOPY . /\n")
    await kasane.ok(["build", "-t", "base", "-f", `${directory}/base.Dockerfile`, `${directory}/base`])
  })
  afterAll(async () => {
    await server.close()
    fs.rmSync(path.dirname(server.served), { recursive: true, force: true })
    fs.rmSync(path.dirname(kasane.root), { recursive: true, force: true, maxRetries: 3 })
  })

  it("a repository is a context, with its directories, references and a Dockerfile from elsewhere", async () => {
    server.commit("app", { Dockerfile: "FROM base\nCOPY data /out\n", data: "one\n", "sub/data": "below\n" })
    server.commit("app", { data: "two\n" }, "next")
    expect(await made([`${server.url}/app.git`])).toBe("one\n")
    expect(await made([`${server.url}/app.git#next`])).toBe("two\n")
    const elsewhere = "FROM base\nCOPY data /out\nRUN echo more >> /out\n"
    expect(await made(["-f", "-", `${server.url}/app.git#:sub`], { input: elsewhere })).toBe("below\nmore\n")
    const failed = await kasane.run(["build", `${server.url}/app.git#nope`])
    expect([failed.code, failed.stderr]).toEqual([
      1,
      `failed to fetch ${server.url}/app.git: repository does not contain ref nope\n`
    ])
  })

  if (caller !== root) return

  it("a URL is a context: an archive, or a Dockerfile alone", async () => {
    file("c/Dockerfile", "FROM base\nCOPY data /out\n")
    file("c/data", "archived\n")
    execFileSync("tar", ["-C", `${directory}/c`, "-czf", `${server.served}/c.tgz`, "."])
    fs.writeFileSync(`${server.served}/plain`, "FROM base\nRUN echo alone > /out\n")
    expect(await made([`${server.url}/c.tgz`])).toBe("archived\n")
    expect(await made([`${server.url}/plain`])).toBe("alone\n")
  })

  it("named contexts stand for images, stages and files", async () => {
    server.commit("named", { data: "of a repository\n" })
    file("n/data", "of a directory\n")
    file("n/.dockerignore", "hidden\n")
    file("n/hidden", "")
    const fromFiles =
      "FROM base\nCOPY --from=files data /out\nRUN --mount=from=files,target=/m test ! -e /m/hidden\n"
    file("d/Dockerfile", fromFiles)
    const named = (value: string) => ["--build-context", `files=${value}`, `${directory}/d`]
    expect(await made(named(`${directory}/n`))).toBe("of a directory\n")
    expect(await made(named(`${server.url}/named.git`))).toBe("of a repository\n")
    // A changed file of a named context is seen; nothing changed is a hit.
    const again = await kasane.ok(["build", ...named(`${directory}/n`)])
    expect(again.match(/Using cache/g)).toHaveLength(2)
    file("n/data", "changed\n")
    expect(await made(named(`${directory}/n`))).toBe("changed\n")
    file("s/Dockerfile", "FROM nowhere AS made\nRUN false\nFROM base\nCOPY --from=made data /out\n")
    expect(await made(["--build-context", `made=${directory}/n`, `${directory}/s`])).toBe("changed\n")
    file("i/Dockerfile", "FROM nowhere\nRUN echo as base > /out\n")
    expect(await made(["--build-context", "nowhere=docker-image://base", `${directory}/i`])).toBe("as base\n")
    const layout = path.join(path.dirname(kasane.root), "layout")
    await kasane.ok(["copy", "store:base", `oci:${layout}:one`])
    expect(await made(["--build-context", `nowhere=oci-layout://${layout}:one`, `${directory}/i`])).toBe(
      "as base\n"
    )
    const elsewhere = commandLine(caller, path.join(path.dirname(kasane.root), "elsewhere"))
    const fromLayout = ["--build-context", `nowhere=oci-layout://${layout}:one`, `${directory}/i`]
    expect(await elsewhere.ok(["build", "--plan", ...fromLayout])).toBe(
      [
        `Load oci-layout://${layout}:one`,
        "Step 1/2 : FROM nowhere",
        " ---> runs: nowhere is loaded",
        "Step 2/2 : RUN echo as base > /out",
        " ---> unknown: what comes before it has to run first",
        ""
      ].join("\n")
    )
    expect(await elsewhere.ok(["images", "-aq"])).toBe("")
    await elsewhere.ok(["build", "-q", ...fromLayout])
    expect((await elsewhere.ok(["build", "--plan", ...fromLayout])).match(/---> .*/g)).toEqual([
      "---> cached",
      "---> cached"
    ])
    const absent = await kasane.run([
      "build",
      "--build-context",
      `nowhere=oci-layout://${layout}:two`,
      `${directory}/i`
    ])
    expect(absent.stderr).toContain("has no image two (it has one)")
  }, 90_000)

  it("SOURCE_DATE_EPOCH is the time of the context, of a named one or of a stage's source", async () => {
    server.commit("timed", {
      Dockerfile: "FROM base\nARG SOURCE_DATE_EPOCH\nRUN echo $SOURCE_DATE_EPOCH > /out\n"
    })
    const repository = `${server.url}/timed.git`
    const created = async () =>
      (await kasane.ok(["inspect", "--format", "{{.Created}}", "made"])).trim().replace(/\.0+Z/, "Z")
    const commitTime = ["1500000000\n", "2017-07-14T02:40:00Z"]
    const arg = ["--build-arg", "SOURCE_DATE_EPOCH=context"]
    expect([await made([...arg, repository]), await created()]).toEqual(commitTime)
    const named = ["--build-arg", "SOURCE_DATE_EPOCH=repo", "--build-context", `repo=${repository}`]
    file(
      "t/Dockerfile",
      [
        "ARG SOURCE_DATE_EPOCH=source",
        "FROM scratch AS source",
        `ADD ${repository} /`,
        "FROM base",
        "ARG SOURCE_DATE_EPOCH",
        "RUN echo $SOURCE_DATE_EPOCH > /out"
      ].join("\n")
    )
    expect([await made([...named, `${directory}/t`]), await created()]).toEqual(commitTime)
    expect([await made([`${directory}/t`]), await created()]).toEqual(commitTime)
    // A directory of this host has no time.
    expect(await made([...arg, `${directory}/t`])).toBe("\n")
    expect((await created()) > "2020").toBe(true)
  }, 90_000)
})
