import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as AttestationManifest from "../../../src/core/output/attest/AttestationManifest.js"
import * as AttestSpec from "../../../src/core/output/attest/AttestSpec.js"
import * as Provenance from "../../../src/core/output/attest/Provenance.js"
import * as Purl from "../../../src/core/output/attest/Purl.js"
import * as Statement from "../../../src/core/output/attest/Statement.js"
import * as Planner from "../../../src/core/plan/Planner.js"

const amd64 = { os: "linux", architecture: "amd64" }
const golden = (name: string, made: unknown): void => {
  const file = path.join(import.meta.dirname, "golden", name)
  const text = `${JSON.stringify(made, undefined, 2)}\n`
  if (process.env["GOLDEN"] === "write") fs.writeFileSync(file, text)
  expect(text).toBe(fs.readFileSync(file, "utf8"))
}

const text = [
  "FROM base AS build",
  "WORKDIR /src",
  "COPY . .",
  "RUN --mount=type=secret,id=token --network=none make",
  "FROM scratch",
  "COPY --from=build /src/out /",
  'CMD ["/out"]'
].join("\n")

const planOf = (dockerfile: string) => {
  const options = {
    target: undefined,
    buildArgs: { V: "1" },
    labels: {},
    buildPlatform: amd64,
    targetPlatform: undefined,
    network: "default"
  } as const
  const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers" } } as const
  const parsed = Either.getOrThrow(Parser.parse(new TextEncoder().encode(dockerfile)))
  const outcome = Either.getOrThrow(
    Planner.plan(parsed, options, () => ({ id: Digest.ofBytes("base"), config }))
  )
  if (outcome._tag !== "Planned") throw new Error("the plan needs an image")
  return outcome.plan
}

const facts: Provenance.BuildFacts = {
  plan: planOf(text),
  dockerfile: { name: "Dockerfile", bytes: new TextEncoder().encode(text) },
  args: { "build-arg:V": "1", target: "x", "label:l": "v" },
  secrets: ["token"],
  agents: ["default"],
  locals: ["context", "dockerfile"],
  materials: [{ uri: Purl.ofImage("base", amd64), digest: Digest.ofBytes("base") }],
  builderPlatform: amd64,
  layers: [{ mediaType: MediaType.OciLayerGzip, digest: Digest.ofBytes("layer"), size: 5 }],
  invocation: "abc",
  started: "2024-01-01T00:00:00.000Z",
  finished: "2024-01-01T00:00:01.000Z"
}

const spec = (given: string): AttestSpec.ProvenanceSpec => {
  const { provenance } = AttestSpec.combined([Either.getOrThrow(AttestSpec.shorthand("provenance")(given))])
  if (provenance === undefined) throw new Error("no provenance")
  return provenance
}

describe("provenance", () => {
  it("of mode max tells everything, in the terms of SLSA v1", () =>
    golden("provenance-max.json", Provenance.predicate(facts, spec("true"))))

  it("of mode min tells no argument, label, secret or agent", () => {
    const made = Provenance.predicate(facts, spec("mode=min,version=v0.2,builder-id=me,reproducible=true"))
    golden("provenance-min.json", made)
    expect(JSON.stringify(made)).not.toMatch(/token|build-arg|label:|default/)
  })

  it("is hermetic and complete only where nothing came from elsewhere", () => {
    const metadata = (given: Partial<Provenance.BuildFacts>): unknown =>
      Object(Provenance.predicate({ ...facts, ...given }, spec("true")).content).runDetails.metadata
    expect(metadata({ locals: [] })).toMatchObject({
      buildkit_hermetic: true,
      buildkit_completeness: { request: true, resolvedDependencies: true }
    })
    const unknown = [{ uri: "https://host/file", digest: undefined }]
    expect(metadata({ locals: [], materials: unknown })).not.toHaveProperty("buildkit_hermetic")
    const online = planOf("FROM base\nRUN make")
    expect(metadata({ locals: [], plan: online })).not.toHaveProperty("buildkit_hermetic")
  })

  it.each([
    ["filename=../x", 'invalid filename "../x": a name without slashes is wanted'],
    ["mode=some", 'invalid mode "some": use min or max'],
    ["version=v2", 'invalid provenance SLSA version "v2": use v1 or v0.2'],
    ["colour=red", 'unknown attribute "colour" of an attestation of the type provenance'],
    ["reproducible=perhaps", 'non-bool value specified for reproducible: "perhaps"']
  ])("%s is refused", (given, reason) =>
    expect(Either.merge(AttestSpec.shorthand("provenance")(given))).toBe(reason)
  )

  it("the last that is said of a type counts", () => {
    const all = ["type=provenance,mode=min", "type=sbom", "type=provenance,disabled=true"]
    const combined = AttestSpec.combined(Either.getOrThrow(Either.all(all.map(AttestSpec.parse))))
    expect(combined).toEqual({ provenance: undefined, sbom: true })
    expect(Either.merge(AttestSpec.parse("type=sbom,generator=x"))).toMatch(/^generator= is not supported/)
    expect(Either.merge(AttestSpec.parse("type=vex"))).toMatch(/^unknown attestation type "vex"/)
  })
})

const image = { mediaType: MediaType.OciManifest, digest: Digest.ofBytes("image"), size: 5 }
const said = [{ type: Statement.spdx, content: { a: 1 } }]

describe("an attestation manifest", () => {
  it("is BuildKit's, with a config or as an artifact", () => {
    const decode = (asArtifact: boolean) => {
      const made = AttestationManifest.make(image, said, [{ name: "x", digest: image.digest }], asArtifact)
      const read = ({ bytes }: AttestationManifest.Content): unknown =>
        JSON.parse(new TextDecoder().decode(bytes))
      return { descriptor: made.descriptor, manifest: read(made.manifest), contents: made.contents.map(read) }
    }
    golden("attestation.json", [decode(false), decode(true)])
  })

  it.prop(
    "points to its image, and every digest in it to bytes that go along",
    [FastCheck.array(FastCheck.json(), { minLength: 1, maxLength: 4 }), FastCheck.boolean()],
    ([contents, asArtifact]) => {
      const predicates = contents.map(
        (json): Statement.Predicate => ({ type: "t", content: JSON.parse(json) })
      )
      const made = AttestationManifest.make(image, predicates, [], asArtifact)
      expect(made.descriptor.annotations?.["vnd.docker.reference.digest"]).toBe(image.digest)
      expect(made.descriptor.digest).toBe(Digest.ofBytes(made.manifest.bytes))
      for (const { bytes, digest } of made.contents) expect(Digest.ofBytes(bytes)).toBe(digest)
      const named = new TextDecoder().decode(made.manifest.bytes).match(/sha256:[0-9a-f]{64}/g) ?? []
      const there = new Set([image.digest, ...made.contents.map(({ digest }) => digest)].map(String))
      expect(named.filter((digest) => !there.has(digest))).toEqual([])
    }
  )
})

describe("a package URL", () => {
  it.each([
    ["busybox", "pkg:docker/busybox@latest?platform=linux%2Famd64"],
    ["a/b:1", "pkg:docker/a/b@1?platform=linux%2Famd64"],
    ["localhost:5000/b:1", "pkg:docker/localhost:5000/b@1?platform=linux%2Famd64"],
    [`x@sha256:${"0".repeat(64)}`, `pkg:docker/x?digest=sha256:${"0".repeat(64)}&platform=linux%2Famd64`]
  ])("of the image %s", (name, purl) => expect(Purl.ofImage(name, amd64)).toBe(purl))

  it("encodes what has a meaning of its own", () => {
    const parts = {
      type: "npm",
      namespace: "@scope",
      name: "a/b",
      version: "1+2",
      qualifiers: { k: "a&b", no: "" }
    }
    expect(Purl.print(parts)).toBe("pkg:npm/%40scope/a%2Fb@1%2B2?k=a%26b")
  })
})
