import type { Descriptor } from "../../oci/Descriptor.js"
import type { Digest } from "../../oci/Digest.js"
import * as Platform from "../../oci/Platform.js"
import type { BuildPlan } from "../../plan/BuildPlan.js"
import type { ProvenanceSpec } from "./AttestSpec.js"
import * as BuildSteps from "./BuildSteps.js"
import * as Statement from "./Statement.js"

/** Something that the build read from elsewhere. */
export interface Material {
  readonly uri: string
  /** Undefined where nobody said what it was. */
  readonly digest: Digest | undefined
}

/** How an image was built, as its provenance tells it. */
export interface BuildFacts {
  readonly plan: BuildPlan
  readonly dockerfile: { readonly name: string; readonly bytes: Uint8Array }
  /** The frontend's arguments: `target`, `build-arg:NAME`, `label:NAME`. */
  readonly args: Readonly<Record<string, string>>
  readonly secrets: ReadonlyArray<string>
  readonly agents: ReadonlyArray<string>
  /** Contexts of this machine: `context`, `dockerfile`. */
  readonly locals: ReadonlyArray<string>
  readonly materials: ReadonlyArray<Material>
  readonly builderPlatform: Platform.Platform
  readonly layers: ReadonlyArray<Descriptor>
  readonly invocation: string
  /** RFC 3339. */
  readonly started: string
  readonly finished: string
}

const buildTypeV1 = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"
const buildTypeV02 = "https://mobyproject.org/buildkit@v1"

const isSaidInFull = (name: string): boolean => name.startsWith("build-arg:") || name.startsWith("label:")

/** `{ name: value }` where the value says something. */
const where = <A>(name: string, value: A, says: boolean): Readonly<Record<string, A>> =>
  says ? { [name]: value } : {}

const base64 = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

const requestOf = (facts: BuildFacts, isFull: boolean) => {
  const args = Object.entries(facts.args)
    .filter(([name]) => isFull || !isSaidInFull(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    frontend: "dockerfile.v0",
    ...where("args", Object.fromEntries(args), args.length > 0),
    ...where(
      "secrets",
      facts.secrets.map((id) => ({ id })),
      isFull && facts.secrets.length > 0
    ),
    ...where(
      "ssh",
      facts.agents.map((id) => ({ id })),
      isFull && facts.agents.length > 0
    ),
    ...where(
      "locals",
      facts.locals.map((name) => ({ name })),
      facts.locals.length > 0
    )
  }
}

/** What only `mode=max` tells: the Dockerfile, which lines made which step, and the layers of the result. */
const metadataOf = (facts: BuildFacts, steps: BuildSteps.BuildSteps) => ({
  source: {
    locations: steps.locations,
    infos: [{ filename: facts.dockerfile.name, language: "Dockerfile", data: base64(facts.dockerfile.bytes) }]
  },
  layers: {
    [steps.result]: [facts.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))]
  }
})

/** The predicate, in the terms of the SLSA version that is asked for. Source: BuildKit, provenance/types/types.go. */
export const predicate = (facts: BuildFacts, spec: ProvenanceSpec): Statement.Predicate => {
  const isFull = spec.mode === "max"
  const steps = BuildSteps.of(facts.plan)
  const request = requestOf(facts, isFull)
  const isRequestWhole = isFull || !Object.keys(facts.args).some(isSaidInFull)
  const areMaterialsWhole =
    facts.locals.length === 0 && facts.materials.every(({ digest }) => digest !== undefined)
  const hermetic = areMaterialsWhole && !steps.usesNetwork
  const materials = facts.materials.map(({ uri, digest }) => ({
    uri,
    ...(digest === undefined ? {} : { digest: Statement.digestSet(digest) })
  }))
  const config = isFull ? { buildConfig: { llbDefinition: steps.steps } } : {}
  const metadata = isFull ? metadataOf(facts, steps) : {}
  const builderPlatform = Platform.print(facts.builderPlatform)
  if (spec.version === "v0.2")
    return {
      type: Statement.provenanceV02,
      content: {
        builder: { id: spec.builderId },
        buildType: buildTypeV02,
        materials,
        invocation: {
          configSource: { entryPoint: facts.dockerfile.name },
          parameters: request,
          environment: { platform: builderPlatform }
        },
        ...config,
        metadata: {
          buildInvocationID: facts.invocation,
          buildStartedOn: facts.started,
          buildFinishedOn: facts.finished,
          completeness: { parameters: isRequestWhole, environment: true, materials: areMaterialsWhole },
          reproducible: spec.reproducible,
          [`${buildTypeV02}#metadata`]: metadata,
          ...where(`${buildTypeV02}#hermetic`, true, hermetic)
        }
      }
    }
  return {
    type: Statement.provenanceV1,
    content: {
      buildDefinition: {
        buildType: buildTypeV1,
        externalParameters: { configSource: { path: facts.dockerfile.name }, request },
        internalParameters: { ...config, builderPlatform },
        resolvedDependencies: materials
      },
      runDetails: {
        builder: { id: spec.builderId },
        metadata: {
          invocationId: facts.invocation,
          startedOn: facts.started,
          finishedOn: facts.finished,
          buildkit_metadata: metadata,
          ...where("buildkit_hermetic", true, hermetic),
          buildkit_completeness: { request: isRequestWhole, resolvedDependencies: areMaterialsWhole },
          ...where("buildkit_reproducible", true, spec.reproducible)
        }
      }
    }
  }
}
