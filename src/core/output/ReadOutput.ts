import * as Either from "effect/Either"
import * as MountField from "../dockerfile/MountField.js"
import * as Reference from "../oci/Reference.js"
import * as Annotation from "./Annotation.js"
import { type Compression, type ImageSettings, OutputSpec } from "./OutputSpec.js"

/** The attributes of one output, read one by one; what is left over at the end is unknown. */
class Attributes {
  readonly annotations: Array<Annotation.Annotation> = []
  constructor(
    readonly type: string,
    private readonly left: Map<string, string>
  ) {}

  text(name: string): string | undefined {
    const value = this.left.get(name)
    this.left.delete(name)
    return value
  }

  boolean(name: string): Either.Either<boolean | undefined, string> {
    const text = this.text(name)
    if (text === undefined) return Either.right(undefined)
    const value = MountField.boolean(text)
    return value === undefined
      ? Either.left(`non-bool value specified for ${name}: ${JSON.stringify(text)}`)
      : Either.right(value)
  }

  integer(name: string): Either.Either<number | undefined, string> {
    const text = this.text(name)
    if (text === undefined || text === "") return Either.right(undefined)
    return /^-?\d+$/.test(text)
      ? Either.right(Number(text))
      : Either.left(`invalid ${name}: ${JSON.stringify(text)} is not a whole number`)
  }

  /** Moves the annotations out of the attributes. */
  takeAnnotations(): Either.Either<ReadonlyArray<Annotation.Annotation>, string> {
    for (const [name, value] of [...this.left]) {
      const read = Annotation.ofAttribute(name, value)
      if (read === undefined) continue
      if (Either.isLeft(read)) return Either.left(read.left)
      this.left.delete(name)
      this.annotations.push(read.right)
    }
    return Either.right(this.annotations)
  }

  /** Left where an attribute is one that this output does not know. */
  done(): Either.Either<void, string> {
    const [unknown] = this.left.keys()
    return unknown === undefined
      ? Either.void
      : Either.left(`unknown attribute "${unknown}" of an output of the type ${this.type}`)
  }
}

/**
 * Reads `--output`: `type=TYPE,KEY=VALUE,…` as CSV, a directory alone (`local`), or `-` alone (`tar` to standard output).
 * Source: buildx, util/buildflags/export.go, and BuildKit's exporters. What would have no effect here is refused.
 */
export const parse = (text: string): Either.Either<OutputSpec, string> =>
  Either.gen(function* () {
    const fields = yield* Either.mapLeft(MountField.split(text), (reason) => `invalid output: ${reason}`)
    const [only] = fields
    if (fields.length === 1 && only?.text === text && !text.startsWith("type="))
      return text === "-"
        ? files("tar", "-")
        : text === ""
          ? yield* Either.left("type is required for output")
          : files("local", text)
    const left = new Map<string, string>()
    for (const { text: written, key, value } of fields) {
      if (value === undefined) return yield* Either.left(`invalid value ${written}`)
      left.set(key.trim(), value)
    }
    const type = left.get("type") ?? ""
    left.delete("type")
    const attributes = new Attributes(type, left)
    const spec = yield* ofType(type, attributes)
    yield* attributes.done()
    return spec
  })

const files = (format: "local" | "tar", destination: string): OutputSpec =>
  OutputSpec.Files({
    format,
    destination,
    sourceDateEpoch: undefined,
    platformSplit: undefined,
    attestationPrefix: "",
    mode: "copy"
  })

const ofType = (type: string, from: Attributes): Either.Either<OutputSpec, string> => {
  switch (type) {
    case "":
      return Either.left("type is required for output")
    case "local":
    case "tar":
      return ofFiles(type, from)
    case "oci":
    case "docker":
      return ofArchive(type, from)
    case "image":
    case "registry":
    case "moby":
      return ofImage(type, from)
    case "cacheonly":
      return Either.right(OutputSpec.CacheOnly())
    default:
      return Either.left(
        `unknown output type "${type}": use image, registry, oci, docker, local, tar or cacheonly`
      )
  }
}

const ofFiles = (format: "local" | "tar", from: Attributes): Either.Either<OutputSpec, string> =>
  Either.gen(function* () {
    const destination = from.text("dest") ?? ""
    if (format === "local" && destination === "")
      return yield* Either.left("dest is required for local output")
    if (format === "local" && destination === "-")
      return yield* Either.left("dest cannot be stdout for local output")
    const mode = from.text("mode") ?? "copy"
    if (mode !== "copy" && mode !== "delete")
      return yield* Either.left(`invalid mode "${mode}" of local output: use copy or delete`)
    if (mode === "delete" && format === "tar")
      return yield* Either.left("mode=delete is for local outputs: a tar is always written anew")
    const attestationPrefix = from.text("attestation-prefix") ?? ""
    if (attestationPrefix.includes("/"))
      return yield* Either.left(`invalid attestation-prefix "${attestationPrefix}": it may hold no slash`)
    return OutputSpec.Files({
      format,
      mode,
      destination: destination === "" ? "-" : destination,
      sourceDateEpoch: yield* from.integer("source-date-epoch"),
      platformSplit: yield* from.boolean("platform-split"),
      attestationPrefix
    })
  })

const ofArchive = (format: "oci" | "docker", from: Attributes): Either.Either<OutputSpec, string> =>
  Either.gen(function* () {
    const destination = from.text("dest") ?? ""
    const isTar = (yield* from.boolean("tar")) ?? true
    if (!isTar && (destination === "" || destination === "-"))
      return yield* Either.left(`dest is required for ${format} output with tar=false`)
    const settings = yield* imageSettings(from)
    const common = {
      ...settings,
      rewriteTimestamp: yield* from.boolean("rewrite-timestamp"),
      sourceDateEpoch: yield* from.integer("source-date-epoch")
    }
    if (format === "docker" && destination === "")
      return OutputSpec.Image({ ...common, push: false, pushByDigest: false, store: true })
    return OutputSpec.Archive({
      ...common,
      format,
      destination: destination === "" ? "-" : destination,
      isTar
    })
  })

const ofImage = (type: string, from: Attributes): Either.Either<OutputSpec, string> =>
  Either.gen(function* () {
    const push = (yield* from.boolean("push")) ?? type === "registry"
    const pushByDigest = (yield* from.boolean("push-by-digest")) ?? false
    const store = (yield* from.boolean("store")) ?? true
    if ((yield* from.boolean("registry.insecure")) === true)
      return yield* Either.left(
        "registry.insecure=true is not an output's to say: mark the registry as insecure in registries.json"
      )
    // A store of kasane has its layers unpacked in any case.
    yield* from.boolean("unpack")
    return OutputSpec.Image({
      ...(yield* imageSettings(from)),
      rewriteTimestamp: yield* from.boolean("rewrite-timestamp"),
      sourceDateEpoch: yield* from.integer("source-date-epoch"),
      push: push || pushByDigest,
      pushByDigest,
      store
    })
  })

const imageSettings = (from: Attributes): Either.Either<ImageSettings, string> =>
  Either.gen(function* () {
    const name = from.text("name")
    const names =
      name === undefined
        ? undefined
        : yield* Either.all(
            name
              .split(",")
              .filter((one) => one !== "")
              .map(canonical)
          )
    const ociMediaTypes = yield* from.boolean("oci-mediatypes")
    const ociArtifact = (yield* from.boolean("oci-artifact")) ?? false
    if (ociArtifact && ociMediaTypes === false)
      return yield* Either.left("oci-artifact=true conflicts with oci-mediatypes=false")
    // Attestations that were asked for are always attached.
    yield* from.boolean("attestation-inline")
    const compression = yield* compressionOf(from)
    if (compression?.type === "zstd" && ociMediaTypes === false)
      return yield* Either.left("compression=zstd conflicts with oci-mediatypes=false")
    const annotations = yield* from.takeAnnotations()
    if (ociMediaTypes === false && annotations.length > 0)
      return yield* Either.left("cannot export annotations with oci-mediatypes=false")
    return { names, ociMediaTypes, ociArtifact, compression, annotations }
  })

const canonical = (name: string): Either.Either<string, string> =>
  Either.mapBoth(Reference.parse(name), {
    onLeft: (error) => `failed to parse ${name}: ${error.message}`,
    onRight: (reference) => Reference.print(Reference.withDefaultTag(reference))
  })

const levelMax = { uncompressed: 0, gzip: 9, zstd: 22 } as const

const compressionOf = (from: Attributes): Either.Either<Compression | undefined, string> =>
  Either.gen(function* () {
    const type = from.text("compression")
    const level = yield* from.integer("compression-level")
    const force = (yield* from.boolean("force-compression")) ?? false
    if (type === undefined && level === undefined && !force) return undefined
    const known = (["uncompressed", "gzip", "zstd"] as const).find((one) => one === (type ?? "gzip"))
    if (known === undefined)
      return yield* Either.left(
        `unsupported layer compression type "${type}": use uncompressed, gzip or zstd`
      )
    if (level !== undefined && (level < 0 || level > levelMax[known]))
      return yield* Either.left(
        `compression-level ${level} is out of range: ${known} has 0 to ${levelMax[known]}`
      )
    return { type: known, level, force }
  })
