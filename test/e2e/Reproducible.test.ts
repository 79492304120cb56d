import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, kasane as commandLine, type Kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const user = Unprivileged.create()
afterAll(() => user.remove())

const files: Readonly<Record<string, string>> = {
  "src/b": "b\n",
  "src/a": "a\n",
  "src/deep/c": "c\n",
  late: "late\n",
  Dockerfile: [
    "FROM base AS build",
    "WORKDIR /work",
    "COPY src src",
    "RUN cat src/a src/b > sum && ln sum twin && mkdir -p made/dir && chown 7:8 made && rm src/b",
    "FROM base",
    "COPY --from=build /work /app",
    "ADD late /late",
    "RUN touch /app/now && rm -rf /app/src/deep && mkdir /app/src/deep"
  ].join("\n")
}

/** One machine: who builds, where, under which host name, from a context that was written in which order. */
interface Site {
  readonly kasane: Kasane
  readonly dir: string
  readonly context: string
}

const site = async (caller: Caller, hostName: string, order: 1 | -1): Promise<Site> => {
  const dir = await scratch(caller, "kasane-site")
  const context = `${dir}/context`
  fs.mkdirSync(context)
  for (const name of Object.keys(files)
    .sort()
    .sort(() => order)) {
    fs.mkdirSync(path.dirname(`${context}/${name}`), { recursive: true })
    fs.writeFileSync(`${context}/${name}`, files[name] ?? "")
    // As a checkout at another time would have it.
    fs.utimesSync(`${context}/${name}`, 1_600_000_000, 1_600_000_000 + (order === 1 ? 0 : 86_400))
  }
  fs.mkdirSync(`${dir}/base`)
  RootFs.fill(`${dir}/base`)
  fs.writeFileSync(`${dir}/base/Dockerfile`, 'FROM scratch\nCOPY . /\nCMD ["sh"]\n')
  execFileSync("chmod", ["-R", "a+rX", dir])
  const named = {
    ...caller,
    prefix: [
      "unshare",
      "--uts",
      "sh",
      "-c",
      `echo ${hostName} > /proc/sys/kernel/hostname && exec "$@"`,
      "-",
      ...caller.prefix
    ]
  }
  return { kasane: commandLine(named, `${dir}/store`), dir, context }
}

const epoch = { env: { SOURCE_DATE_EPOCH: "1500000000" } }

describe("a build with SOURCE_DATE_EPOCH", () => {
  let sites: ReadonlyArray<Site>

  beforeAll(async () => {
    sites = [await site(root, "first", 1), await site(user, "second", -1)]
  })
  afterAll(() => {
    for (const { dir } of sites) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  })

  it("gives the same digest in another store, by another user, of another checkout, under another host name", async () => {
    const built = await Promise.all(
      sites.map(async ({ kasane, context, dir }) => {
        await kasane.ok(["build", "-q", "-t", "base", `${dir}/base`], epoch)
        const id = await kasane.ok(["build", "-q", "-t", "app", context], epoch)
        const archive = [
          `type=oci,dest=${dir}/app.tar,compression=uncompressed`,
          `type=tar,dest=${dir}/files.tar`
        ]
        const again = await kasane.ok(
          ["build", "-q", ...archive.flatMap((one) => ["-o", one]), context],
          epoch
        )
        return { id, again }
      })
    )
    const [first, second] = built
    expect(first?.again).toBe(first?.id)
    expect(second).toEqual(first)
    for (const name of ["app.tar", "files.tar"]) {
      const [one, other] = sites.map(({ dir }) => fs.readFileSync(`${dir}/${name}`))
      expect(Buffer.compare(one ?? Buffer.of(), other ?? Buffer.of())).toBe(0)
    }
    const [place] = sites
    const listed = execFileSync("tar", ["--utc", "--full-time", "-tvf", `${place?.dir}/files.tar`], {
      encoding: "utf8"
    })
    expect(new Set(listed.match(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/g))).toEqual(
      new Set(["2017-07-14 02:40:00"])
    )
    const shown: unknown = JSON.parse((await place?.kasane.ok(["inspect", "app"])) ?? "")
    expect(shown).toMatchObject([{ Created: "2017-07-14T02:40:00Z" }])
  })

  it("leaves the files of layers alone where that is asked for", async () => {
    const [place] = sites
    if (place === undefined) return
    const output = `type=oci,dest=${place.dir}/kept.tar,rewrite-timestamp=false`
    const id = await place.kasane.ok(["build", "-q", "-o", output, place.context], epoch)
    const whole = await place.kasane.ok(["build", "-q", place.context], epoch)
    expect(id).not.toBe(whole)
  })
})
