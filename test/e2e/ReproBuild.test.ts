import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, kasane as commandLine, type Kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const user = Unprivileged.create()
afterAll(() => user.remove())

describe.each<Caller>([root, user])("build --repro as $label", (caller) => {
  let kasane: Kasane
  let dir: string

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-repro")
    kasane = commandLine(caller, `${dir}/store`)
    fs.mkdirSync(`${dir}/base`)
    RootFs.fill(`${dir}/base`)
    fs.writeFileSync(`${dir}/base/Dockerfile`, "FROM scratch\nCOPY . /\n")
    fs.mkdirSync(`${dir}/context/tree`, { recursive: true })
    for (const name of ["a", "b", "c"]) fs.writeFileSync(`${dir}/context/tree/${name}`, name)
    execFileSync("chmod", ["-R", "a+rX", dir])
    await kasane.ok(["build", "-t", "base", `${dir}/base`])
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))

  const repro = async (
    lines: ReadonlyArray<string>,
    env: NodeJS.ProcessEnv = { SOURCE_DATE_EPOCH: "1500000000" }
  ) => {
    fs.writeFileSync(`${dir}/Dockerfile`, lines.join("\n"))
    const images = await kasane.ok(["images", "-q"])
    const { code, stdout } = await kasane.run(
      ["build", "--repro", "-f", `${dir}/Dockerfile`, "-t", "named", `${dir}/context`],
      { env }
    )
    expect(await kasane.ok(["images", "-q", "named"])).toBe("")
    expect(images).not.toBe("")
    return { code, lines: stdout.trimEnd().split("\n").slice(0, 3), rest: stdout }
  }

  it("finds what does not depend on when, where and in which order it is built", async () => {
    const found = await repro([
      "FROM base",
      "COPY tree /tree",
      "RUN cat /tree/* > /all && ln /all /twin && mkdir /made"
    ])
    expect(found).toMatchObject({
      code: 0,
      lines: [expect.stringMatching(/^linux\/\w+: reproducible: sha256:[0-9a-f]{64}$/)]
    })
  })

  it("reads directories in another order, and shows nothing else of how that is done", async () => {
    const found = await repro([
      "FROM base",
      "COPY tree /tree",
      // Nothing but the order of names differs: not what is there, and not what a change of it leaves.
      "RUN rm /tree/a && mv /tree/b /tree/d && ls -aR /bin /tree > /sorted",
      "RUN find /tree > /list"
    ])
    expect(found.code).toBe(1)
    expect(found.lines.slice(1)).toEqual([
      expect.stringMatching(/Dockerfile:4: RUN find \/tree > \/list$/),
      "  /list: content at line 2 differs"
    ])
    expect(found.rest).toContain("the same in another order")
  })

  // The rest does not depend on who builds.
  if (caller === user) return

  it("names the line, through a copy, and the values that differ", async () => {
    const found = await repro([
      "FROM base AS work",
      "COPY tree /tree",
      "RUN cat /proc/sys/kernel/hostname > /name",
      "FROM base",
      "COPY --from=work /name /etc/name"
    ])
    expect(found.code).toBe(1)
    expect(found.lines.slice(1)).toEqual([
      expect.stringMatching(/Dockerfile:3: RUN cat \/proc\/sys\/kernel\/hostname > \/name$/),
      "  copied by line 5: COPY --from=work /name /etc/name"
    ])
  })

  it("has other pids", async () => {
    const found = await repro(["FROM base", "RUN sh -c 'echo $$; true' > /pid; true"])
    expect(found.lines[1]).toMatch(/Dockerfile:2: RUN sh -c/)
    expect(found.rest).toContain("the number of a process")
  })

  it("tells what holds the day of the build, through a copy, although both builds are of one day", async () => {
    const lines = ["FROM base AS work", "RUN date +%F > /day", "FROM base", "COPY --from=work /day /etc/day"]
    const found = await repro(lines)
    expect(found.code).toBe(0)
    expect(found.rest).toMatch(
      /^linux.*: reproducible: .*\n.*Dockerfile:2: RUN date \+%F > \/day\n {2}copied by line 4: COPY .*\n {2}\/etc\/day: holds the day of the build \(\d{4}-\d\d-\d\d\)/
    )
    // An epoch of today is what should stand there.
    const today = String(Math.floor(Date.now() / 1000))
    expect((await repro(lines, { SOURCE_DATE_EPOCH: today })).rest).not.toContain("holds the day")
  }, 90_000)

  it("tells of times where there is no epoch", async () => {
    const found = await repro(["FROM base", "COPY tree /tree"], {})
    expect(found).toMatchObject({
      code: 1,
      lines: [
        expect.any(String),
        expect.stringMatching(/Dockerfile:2: COPY tree \/tree$/),
        "  /tree: mtime differs"
      ]
    })
  })
})
