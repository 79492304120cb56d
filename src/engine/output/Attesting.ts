import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digest from "../../core/oci/Digest.js"
import * as Platform from "../../core/oci/Platform.js"
import * as Reference from "../../core/oci/Reference.js"
import type { AttestSpec } from "../../core/output/attest/AttestSpec.js"
import * as Provenance from "../../core/output/attest/Provenance.js"
import * as Purl from "../../core/output/attest/Purl.js"
import * as Statement from "../../core/output/attest/Statement.js"
import * as Epoch from "../../core/output/Epoch.js"
import * as LanguagePackages from "../../core/output/packages/LanguagePackages.js"
import * as Package from "../../core/output/packages/Package.js"
import * as Spdx from "../../core/output/packages/Spdx.js"
import * as SystemPackages from "../../core/output/packages/SystemPackages.js"
import type { ImageNeed } from "../../core/plan/Operation.js"
import * as StepRecord from "../../core/plan/StepRecord.js"
import { type PackageFile, ResultTree } from "../../edge/build/ResultTree.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import { version } from "../../version.js"
import type { BuildRequest } from "../build/BuildRequest.js"
import type { BuiltImage } from "./BuiltImage.js"

/** One statement to be made about a result. */
export interface Attestation {
  readonly predicate: Statement.Predicate
  /** Its file beside exported files. */
  readonly filename: string
  /** Only in images. */
  readonly inlineOnly: boolean
}

const rfc3339 = (millis: number): string => new Date(millis).toISOString()

/** The digest that an image had at its registry; of one that was never there its manifest's. */
const materialOf = (need: ImageNeed, { bases }: BuiltImage) =>
  Effect.gen(function* () {
    const base = bases.get(need)
    const stored = base === undefined ? Option.none() : yield* (yield* ImageStore).get(base.id)
    const uri = Purl.ofImage(need.reference, need.platform)
    if (Option.isNone(stored)) return { uri, digest: base?.elsewhere }
    const { record } = stored.value
    const repository = Either.match(Reference.parse(need.reference), {
      onLeft: () => "",
      onRight: Reference.repository
    })
    const pinned = record.repoDigests.find((name) => name.startsWith(`${repository}@`))
    const digest = pinned?.slice(pinned.indexOf("@") + 1) ?? record.manifest.digest
    return { uri, digest: Digest.isDigest(digest) ? digest : undefined }
  })

/** What was fetched from URLs and repositories, as the steps' keys have it. */
const remotes = ({ stages }: BuiltImage): ReadonlyArray<Provenance.Material> => {
  const found = new Map<string, Digest.Digest | undefined>()
  for (const { trace } of stages)
    for (const { record } of trace)
      for (const { kind, name, value } of StepRecord.parse(record?.step)?.key.components ?? [])
        if (kind === "remote") found.set(name, Digest.isDigest(value) ? value : undefined)
  return [...found].map(([uri, digest]) => ({ uri, digest }))
}

const argsOf = ({ options }: BuildRequest): Readonly<Record<string, string>> => ({
  ...(options.target === undefined ? {} : { target: options.target }),
  ...(options.network === "default" ? {} : { "force-network-mode": options.network }),
  ...Object.fromEntries(
    Object.entries(options.buildArgs).map(([name, value]) => [`build-arg:${name}`, value])
  ),
  ...Object.fromEntries(Object.entries(options.labels).map(([name, value]) => [`label:${name}`, value]))
})

const provenance = (
  request: BuildRequest,
  built: BuiltImage,
  layers: ReadonlyArray<Descriptor>,
  spec: NonNullable<AttestSpec["provenance"]>
) =>
  Effect.gen(function* () {
    const { plan, dockerfile, started, image, platform } = built
    const materials = yield* Effect.forEach(plan.images, (need) => materialOf(need, built))
    const isLocal = request.source._tag === "Directory" || request.source._tag === "Piped"
    const facts: Provenance.BuildFacts = {
      plan,
      dockerfile,
      materials: [...materials, ...remotes(built)],
      args: argsOf(request),
      secrets: [...request.secrets.keys()],
      agents: [...request.agents.keys()],
      locals: isLocal ? ["context", "dockerfile"] : [],
      builderPlatform: request.options.buildPlatform,
      layers,
      invocation: Digest.hex(Digest.ofBytes(`${image} ${Platform.print(platform)} ${started}`)).slice(0, 25),
      started: rfc3339(started),
      finished: rfc3339(built.finished)
    }
    return Provenance.predicate(facts, spec)
  })

const packagesOf = ({ kind, text, path }: PackageFile): ReadonlyArray<Package.Package> => {
  const from = `/${path}`
  switch (kind) {
    case "dpkg":
      return SystemPackages.dpkg(text, from)
    case "apk":
      return SystemPackages.apk(text, from)
    case "npm":
      return LanguagePackages.npm(text, from)
    case "python":
      return LanguagePackages.python(text, from)
    case "os-release":
      return []
  }
}

const sbom = (request: BuildRequest, { state, platform, epoch, started }: BuiltImage) =>
  Effect.gen(function* () {
    const files = yield* (yield* ResultTree).packageFiles(state.chain)
    const release = files.find(({ kind }) => kind === "os-release")
    const [name = "image"] = request.names
    const content = Spdx.document({
      name: Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar }),
      platform,
      distribution: release === undefined ? undefined : Package.distribution(release.text),
      packages: files.flatMap(packagesOf),
      created: Epoch.print(epoch ?? Math.floor(started / 1000)),
      tool: `kasane-${version}`
    })
    const predicate: Statement.Predicate = { type: Statement.spdx, content }
    return predicate
  })

/** What is to be said of a result, as the request asks for it. `layers` are as they go out. */
export const about = (request: BuildRequest, built: BuiltImage, layers: ReadonlyArray<Descriptor>) =>
  Effect.gen(function* () {
    const { attest } = request.outputs
    const made: Array<Attestation> = []
    if (attest.sbom)
      made.push({
        predicate: yield* sbom(request, built),
        filename: "sbom.spdx.json",
        inlineOnly: false
      })
    if (attest.provenance !== undefined)
      made.push({
        predicate: yield* provenance(request, built, layers, attest.provenance),
        filename: attest.provenance.filename,
        inlineOnly: attest.provenance.inlineOnly
      })
    return made
  })
