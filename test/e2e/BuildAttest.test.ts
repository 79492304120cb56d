import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { kasane as commandLine, type Kasane, root, run, scratch } from "../support/Kasane.js"
import { program } from "../support/registry/Program.js"

const skopeo = program("skopeo")

describe("what is said of a result", () => {
  let kasane: Kasane
  let dir: string
  let context: string

  /** A blob of an archive, as JSON. */
  const blob = (archive: string, digest: unknown): unknown =>
    JSON.parse(
      execFileSync("tar", ["-xOf", archive, `blobs/sha256/${String(digest).slice("sha256:".length)}`], {
        encoding: "utf8"
      })
    )

  beforeAll(async () => {
    dir = await scratch(root, "kasane-attest")
    kasane = commandLine(root, `${dir}/store`)
    context = `${dir}/context`
    fs.mkdirSync(`${context}/tree/var/lib/dpkg`, { recursive: true })
    fs.mkdirSync(`${context}/tree/app/node_modules/x`, { recursive: true })
    fs.writeFileSync(
      `${context}/tree/var/lib/dpkg/status`,
      "Package: one\nStatus: install ok installed\nVersion: 1-2\n"
    )
    fs.writeFileSync(`${context}/tree/app/node_modules/x/package.json`, '{"name":"x","version":"3.0.0"}')
    fs.writeFileSync(`${context}/Dockerfile`, "FROM scratch\nARG V\nCOPY tree /\n")
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))

  it("goes beside the image in an index, about the manifest that is there", async () => {
    const archive = `${dir}/image.tar`
    await kasane.ok([
      ...["build", "-t", "app:1", "--build-arg", "V=secret", "--provenance", "mode=min", "--sbom", "true"],
      ...["--metadata-file", `${dir}/metadata`, "-o", `type=oci,dest=${archive}`, "-o", "type=image", context]
    ])
    const metadata = Object(JSON.parse(fs.readFileSync(`${dir}/metadata`, "utf8")))
    const index = Object(blob(archive, metadata["containerimage.digest"]))
    const [image, attestation] = index.manifests
    expect(attestation).toMatchObject({
      annotations: {
        "vnd.docker.reference.digest": image.digest,
        "vnd.docker.reference.type": "attestation-manifest"
      },
      platform: { architecture: "unknown", os: "unknown" }
    })
    const [sbom, provenance] = Object(blob(archive, attestation.digest)).layers
    const bill = Object(blob(archive, sbom.digest))
    expect(bill.subject).toEqual([
      {
        name: expect.stringMatching(/^pkg:docker\/app@1\?platform=/),
        digest: { sha256: image.digest.slice(7) }
      }
    ])
    expect(
      bill.predicate.packages.flatMap((one: { externalRefs?: unknown }) => Object(one.externalRefs ?? []))
    ).toMatchObject([{ referenceLocator: "pkg:deb/one@1-2" }, { referenceLocator: "pkg:npm/x@3.0.0" }])
    const told = Object(blob(archive, provenance.digest))
    expect(told.predicate.buildDefinition.externalParameters.request.frontend).toBe("dockerfile.v0")
    expect(JSON.stringify(told)).not.toContain("secret")
    expect(metadata["buildx.build.provenance"]).toEqual(told.predicate)
    // The name in the store means the image, and takes all of it along when it goes.
    const shown = Object(JSON.parse(await kasane.ok(["inspect", "app:1"])))
    expect(shown[0].Id).toBe(metadata["containerimage.config.digest"])
    await kasane.ok(["save", "-o", `${dir}/saved.tar`, "app:1"])
    expect(blob(`${dir}/saved.tar`, metadata["containerimage.digest"])).toEqual(index)
    await kasane.ok(["rmi", "app:1"])
    expect(fs.readdirSync(`${kasane.root}/indexes`)).toEqual([])
  })

  it.skipIf(skopeo === undefined)("is copied by others with the image, or left behind", async () => {
    const archive = `${dir}/copied.tar`
    await kasane.ok(["build", "-t", "app:1", "--sbom", "true", "-o", `type=oci,dest=${archive}`, context])
    for (const [words, count] of [
      [["--all"], 2],
      [[], undefined]
    ] as const) {
      const to = `${dir}/layout-${count ?? "one"}`
      const copied = await run(skopeo ?? "", ["copy", ...words, `oci-archive:${archive}:1`, `oci:${to}:1`])
      expect([copied.code, copied.stderr]).toEqual([0, ""])
      const raw = await run(skopeo ?? "", ["inspect", "--raw", `oci:${to}:1`])
      expect(Object(JSON.parse(raw.stdout)).manifests?.length).toBe(count)
    }
  })

  it("lies beside exported files, about each of them", async () => {
    const out = `${dir}/out`
    await kasane.ok(["build", "--provenance", "filename=p.json", "--sbom", "true", "-o", out, context])
    expect(fs.readdirSync(out).sort()).toEqual(["app", "p.json", "sbom.spdx.json", "var"])
    const told: unknown = JSON.parse(fs.readFileSync(`${out}/p.json`, "utf8"))
    expect(told).toMatchObject({
      predicateType: "https://slsa.dev/provenance/v1",
      subject: [{ name: "app/node_modules/x/package.json" }, { name: "var/lib/dpkg/status" }]
    })
    await kasane.ok([
      "build",
      "--provenance",
      "inline-only=true",
      "-o",
      `type=tar,dest=${dir}/out.tar`,
      context
    ])
    expect(execFileSync("tar", ["-tf", `${dir}/out.tar`], { encoding: "utf8" })).not.toContain("provenance")
    const docker = await kasane.run([
      "build",
      "--sbom",
      "true",
      "-o",
      `type=docker,dest=${dir}/d.tar`,
      context
    ])
    expect([docker.code, docker.stderr]).toEqual([1, expect.stringContaining("cannot export attestations")])
  })
})
