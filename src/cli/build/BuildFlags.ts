import * as Either from "effect/Either"
import * as Reference from "../../core/oci/Reference.js"
import * as Annotation from "../../core/output/Annotation.js"
import * as AttestSpec from "../../core/output/attest/AttestSpec.js"
import * as ReadOutput from "../../core/output/ReadOutput.js"
import * as CacheLocation from "../../core/plan/CacheLocation.js"
import * as Entitlement from "../../core/plan/Entitlement.js"
import * as Flag from "../Flag.js"
import * as TransferDisplay from "../TransferDisplay.js"
import type { Values } from "../Values.js"
import * as BuildCall from "./BuildCall.js"

const canonical = (text: string): Either.Either<string, string> =>
  Either.mapBoth(Reference.parse(text), {
    onLeft: (error) => error.message,
    onRight: (reference) => Reference.print(Reference.withDefaultTag(reference))
  })

const label = (text: string): Either.Either<string, string> =>
  /^(=|$)/.test(text) ? Either.left(`invalid label '${text}': empty name`) : Either.right(text)

const networks = ["default", "none", "host"] as const

const network = (text: string): Either.Either<(typeof networks)[number], string> => {
  const known = networks.find((one) => one === text)
  return known === undefined
    ? Either.left(`network mode "${text}" is not supported by build: use default, none or host`)
    : Either.right(known)
}

const entitlement = (text: string): Either.Either<Entitlement.Entitlement, string> => {
  const known = Entitlement.entitlements.find((one) => one === text)
  return known === undefined ? Either.left(`unknown entitlement "${text}"`) : Either.right(known)
}

/** What is built: the Dockerfile, its context and target, and what they are given. */
const source = {
  buildContext: Flag.texts("build-context", {
    help: 'Additional build contexts ("name=path|docker-image://…|oci-layout://…|url|repository")'
  }),
  buildArg: Flag.texts("build-arg", { help: "Set build-time variables" }),
  file: Flag.text("file", { short: "f", help: 'Name of the Dockerfile (default: "PATH/Dockerfile")' }),
  platform: Flag.texts("platform", { help: "Set target platforms for build" }),
  pull: Flag.toggle("pull", { help: "Always attempt to pull all referenced images" }),
  target: Flag.text("target", { help: "Set the target build stage to build" })
}

/** What RUN steps get. */
const steps = {
  addHost: Flag.texts("add-host", { help: 'Add a custom host-to-IP mapping ("host:ip")' }),
  allow: Flag.values(
    "allow",
    { help: 'Allow what only a trusted Dockerfile may do ("security.insecure"; "network.host" always is)' },
    entitlement
  ),
  cgroupParent: Flag.text("cgroup-parent", {
    help: "Set the parent cgroup for the RUN instructions during build"
  }),
  forceRm: Flag.toggle("force-rm", { help: "Always remove intermediate containers", hidden: true }),
  network: Flag.value("network", { help: "Set the networking mode for the RUN instructions" }, network),
  rm: Flag.toggle("rm", { help: "Remove intermediate containers after a successful build", absent: true }),
  secret: Flag.texts("secret", { help: 'Secret to expose to the build ("id=mysecret[,src=/local/secret]")' }),
  shmSize: Flag.text("shm-size", { help: 'Shared memory size for build containers (e.g., "2g")' }),
  ssh: Flag.texts("ssh", { help: 'SSH agent socket to expose to the build ("default|<id>[=<socket>]")' }),
  ulimit: Flag.texts("ulimit", { help: "Ulimit options" })
}

const cache = {
  cacheFrom: Flag.values(
    "cache-from",
    { help: 'External cache sources (e.g. "user/app:cache", "type=local,src=path/to/dir")' },
    (text) => Either.all(CacheLocation.split(text).map(CacheLocation.parseSource))
  ),
  cacheTo: Flag.values(
    "cache-to",
    { help: 'Cache export destinations (e.g. "type=registry,ref=user/app:cache,mode=max", "type=inline")' },
    CacheLocation.parseTarget
  ),
  noCache: Flag.toggle("no-cache", { help: "Do not use cache when building the image" }),
  noCacheFilter: Flag.texts("no-cache-filter", { help: "Do not cache specified stages" })
}

/** What becomes of the result. */
const output = {
  attest: Flag.values(
    "attest",
    { help: 'Attestation parameters (format: "type=sbom,disabled=true")' },
    AttestSpec.parse
  ),
  provenance: Flag.values(
    "provenance",
    { help: 'Shorthand for "--attest=type=provenance"', type: "string" },
    AttestSpec.shorthand("provenance")
  ),
  sbom: Flag.values(
    "sbom",
    { help: 'Shorthand for "--attest=type=sbom"', type: "string" },
    AttestSpec.shorthand("sbom")
  ),
  annotation: Flag.values("annotation", { help: "Add annotation to the image" }, Annotation.parse),
  iidfile: Flag.text("iidfile", { help: "Write the image ID to a file" }),
  label: Flag.values("label", { help: "Set metadata for an image" }, label),
  load: Flag.toggle("load", { help: 'Shorthand for "--output=type=docker"' }),
  metadataFile: Flag.text("metadata-file", { help: "Write build result metadata to a file" }),
  output: Flag.values(
    "output",
    { short: "o", help: 'Output destination (format: "type=local,dest=path")' },
    ReadOutput.parse
  ),
  push: Flag.toggle("push", { help: 'Shorthand for "--output=type=registry"' }),
  squash: Flag.toggle("squash", { help: "Squash newly built layers into a single new layer" }),
  tag: Flag.values(
    "tag",
    { short: "t", help: 'Name and optionally a tag in the "name:tag" format' },
    canonical
  )
}

/** What is told, of a build or in its stead. */
const display = {
  call: Flag.value(
    "call",
    { help: 'Set method for evaluating build ("check", "outline", "targets"), with ",format=json" as JSON' },
    BuildCall.parse
  ),
  check: Flag.toggle("check", { help: 'Shorthand for "--call=check"' }),
  explain: Flag.toggle("explain", { help: "Say of each step that runs why it is not in the cache" }),
  format: Flag.text("format", { help: 'Format of --plan and --repro: "text" or "json"' }),
  plan: Flag.toggle("plan", {
    help: "Say what would run, be in the cache and be pulled, and change nothing"
  }),
  progress: TransferDisplay.flag,
  repro: Flag.toggle("repro", {
    help: "Build twice under different conditions, and say where the results come apart"
  }),
  quiet: Flag.toggle("quiet", {
    short: "q",
    help: "Suppress the build output and print image ID on success"
  })
}

/** Every flag of build; a new one goes to its area above. */
export const buildFlags = { ...source, ...steps, ...cache, ...output, ...display }

/** What a line of build gives. */
export type BuildValues = Values<typeof buildFlags>
