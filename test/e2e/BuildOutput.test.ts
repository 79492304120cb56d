import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, kasane as commandLine, type Kasane, root, run, scratch } from "../support/Kasane.js"
import * as Unprivileged from "../support/Unprivileged.js"

const user = Unprivileged.create()
afterAll(() => user.remove())

const read = (file: string): unknown => JSON.parse(fs.readFileSync(file, "utf8"))

const listing = (tar: string): string =>
  execFileSync("tar", ["--utc", "--full-time", "-tvf", tar], { encoding: "utf8" })

describe.each<Caller>([root, user])("as $label", (caller) => {
  let kasane: Kasane
  let dir: string
  let context: string

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(`${context}/${name}`), { recursive: true })
      fs.writeFileSync(`${context}/${name}`, content)
    }
    execFileSync("chmod", ["-R", "a+rX", context])
  }

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-output")
    kasane = commandLine(caller, `${dir}/store`)
    context = `${dir}/context`
    write({
      Dockerfile: [
        "FROM scratch AS below",
        "COPY --chown=7:8 tree /",
        "COPY empty /tree/dir/",
        "FROM below AS target",
        "COPY --chmod=4755 late /dir/late",
        "LABEL a=b"
      ].join("\n"),
      "tree/dir/file": "content\n",
      "tree/dir/other": "other\n",
      "empty/x": "x",
      late: "late\n"
    })
    fs.symlinkSync("../../../etc/passwd", `${context}/tree/dir/link`)
    fs.linkSync(`${context}/tree/dir/file`, `${context}/tree/twin`)
    fs.chownSync(context, caller === user ? user.uid : 0, caller === user ? user.gid : 0)
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))

  it("local files are the caller's, with modes, links and times, and what was there stays", async () => {
    const out = `${dir}/out`
    await kasane.ok(["build", "-o", out, context])
    const late = fs.lstatSync(`${out}/dir/late`)
    expect(late.mode & 0o7777).toBe(0o4755)
    const owner = caller === user ? user.uid : 0
    expect([late.uid, fs.lstatSync(`${out}/dir/file`).uid]).toEqual([owner, owner])
    expect(fs.readlinkSync(`${out}/dir/link`)).toBe("../../../etc/passwd")
    expect(fs.lstatSync(`${out}/twin`).ino).toBe(fs.lstatSync(`${out}/dir/file`).ino)
    expect(fs.lstatSync(`${out}/dir/file`).mtime).toEqual(fs.lstatSync(`${context}/tree/dir/file`).mtime)
    // A link in the way is replaced and never followed; a second export leaves strangers alone unless told otherwise.
    const outside = `${dir}/outside`
    fs.mkdirSync(outside)
    fs.rmSync(`${out}/dir`, { recursive: true })
    fs.symlinkSync(outside, `${out}/dir`)
    fs.writeFileSync(`${out}/stranger`, "")
    await kasane.ok(["build", "-o", `type=local,dest=${out}`, context])
    expect([fs.readdirSync(outside), fs.lstatSync(`${out}/dir`).isDirectory()]).toEqual([[], true])
    expect(fs.existsSync(`${out}/stranger`)).toBe(true)
    await kasane.ok(["build", "-o", `type=local,dest=${out},mode=delete`, context])
    expect(fs.readdirSync(out).sort()).toEqual(["dir", "tree", "twin"])
  })

  it("a tar has every owner, and one image squashed has the same files", async () => {
    await kasane.ok(["build", "-o", `type=tar,dest=${dir}/plain.tar`, context])
    const plain = listing(`${dir}/plain.tar`)
    expect(plain).toMatch(/7\/8 +8 .* dir\/file\n/)
    expect(plain).toMatch(/twin link to dir\/file\n/)
    const squashed = await kasane.ok(["build", "-q", "--squash", "-t", "squashed", context])
    const again = await kasane.ok(["build", "-q", "--squash", context])
    expect(again).toBe(squashed)
    const inspected: unknown = JSON.parse(await kasane.ok(["inspect", "squashed"]))
    expect(inspected).toMatchObject([{ Id: squashed.trim(), RootFS: { Layers: [expect.any(String)] } }])
    const from = { input: "FROM squashed\n" }
    await kasane.ok(["build", "-o", `type=tar,dest=${dir}/squashed.tar`, "-"], from)
    expect(listing(`${dir}/squashed.tar`)).toBe(plain)
  })

  it("archives are what other tools read, and metadata and id files tell of them", async () => {
    const archive = `${dir}/image.tar`
    await kasane
      .ok([
        "build",
        ...["-t", "one:1", "-t", "two:2", "--annotation", "manifest[linux/amd64],manifest[linux/arm64]:k=v"],
        ...["-o", `type=oci,dest=${archive}`, "--platform", "linux/amd64", context]
      ])
      .then(
        () => expect.fail("an annotation for a platform that is not built was accepted"),
        (error) => expect(String(error)).toContain("invalid annotation: no platform linux/arm64 found")
      )
    const told = ["--metadata-file", `${dir}/metadata`, "--iidfile", `${dir}/id`]
    const id = await kasane.ok([
      "build",
      ...[
        "-q",
        "-t",
        "one:1",
        "-t",
        "two:2",
        "--annotation",
        "manifest-descriptor:d=e",
        "--annotation",
        "k=v"
      ],
      ...[...told, "-o", `type=oci,dest=${archive}`, context]
    ])
    expect(fs.readFileSync(`${dir}/id`, "utf8")).toBe(id.trim())
    const metadata = read(`${dir}/metadata`)
    expect(metadata).toMatchObject({
      "containerimage.config.digest": id.trim(),
      "containerimage.descriptor": { annotations: { d: "e" } },
      "image.name": "docker.io/library/one:1,docker.io/library/two:2"
    })
    const index: unknown = JSON.parse(
      execFileSync("tar", ["-xOf", archive, "index.json"], { encoding: "utf8" })
    )
    const digest = Object(metadata)["containerimage.digest"]
    expect(index).toMatchObject({
      manifests: [
        { digest, annotations: { "org.opencontainers.image.ref.name": "1", d: "e" } },
        { digest, annotations: { "org.opencontainers.image.ref.name": "2" } }
      ]
    })
    const manifest: unknown = JSON.parse(
      execFileSync("tar", ["-xOf", archive, `blobs/sha256/${String(digest).slice(7)}`], { encoding: "utf8" })
    )
    expect(manifest).toMatchObject({
      annotations: { k: "v" },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }, {}, {}]
    })
    // Nothing is named in the store by it; loading it back names it.
    expect(await kasane.ok(["images", "-q"])).not.toContain("one")
    await kasane.ok(["load", "-i", archive])
    expect(await kasane.ok(["images", "one", "--format", "{{.ID}}"])).toContain(id.slice(7, 19))
    await kasane.ok(["build", "-t", "d:1", "-o", `type=docker,dest=${dir}/docker.tar`, context])
    const listed: unknown = JSON.parse(
      execFileSync("tar", ["-xOf", `${dir}/docker.tar`, "manifest.json"], { encoding: "utf8" })
    )
    expect(listed).toMatchObject([{ Config: `blobs/sha256/${id.trim().slice(7)}`, RepoTags: ["d:1"] }])
    await kasane.ok([
      "build",
      "-t",
      "a:x",
      "-t",
      "b:y",
      "-o",
      `type=oci,tar=false,dest=${dir}/layout`,
      context
    ])
    expect(read(`${dir}/layout/index.json`)).toMatchObject({ manifests: [{}, {}] })
  })

  it("standard output carries one output and nothing else", async () => {
    const streamed = await run(
      "sh",
      [
        "-c",
        `"$0" "$@" 2>${dir}/lines | tar -tf -`,
        ...caller.prefix,
        process.execPath,
        path.resolve("dist/kasane.mjs"),
        ...["--root", kasane.root, "build", "-o", "-", context]
      ],
      { env: { ...process.env, ...caller.env } }
    )
    expect(streamed.stdout.split("\n")).toContain("dir/late")
    expect(fs.readFileSync(`${dir}/lines`, "utf8")).toContain("Successfully exported tar to standard output")
    expect(await kasane.run(["build", "-o", "-", "-o", "type=oci", context])).toMatchObject({
      code: 1,
      stderr: "only one output can go to standard output\n"
    })
    expect(await kasane.run(["build", "--push", context])).toMatchObject({
      code: 1,
      stderr: "tag is needed when pushing to registry\n"
    })
  })
})
