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
    return { code, lines: stdout.trimEnd().split("\n").slice(0, 3) }
  }

  it("finds what does not depend on when, where and in which order it is built", async () => {
    const found = await repro([
      "FROM base",
      "COPY tree /tree",
      "RUN cat /tree/* > /all && ln /all /twin && mkdir /made"
    ])
    expect(found).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^linux\/\w+: reproducible: sha256:[0-9a-f]{64}$/)]
    })
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

  it("tells of times where there is no epoch", async () => {
    const found = await repro(["FROM base", "COPY tree /tree"], {})
    expect(found).toEqual({
      code: 1,
      lines: [
        expect.any(String),
        expect.stringMatching(/Dockerfile:2: COPY tree \/tree$/),
        "  /tree: mtime differs"
      ]
    })
  })
})
