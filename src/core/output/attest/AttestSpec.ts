import * as Either from "effect/Either"
import * as MountField from "../../dockerfile/MountField.js"

/** A provenance that is asked for. */
export interface ProvenanceSpec {
  readonly mode: "min" | "max"
  readonly version: "v0.2" | "v1"
  readonly builderId: string
  readonly reproducible: boolean
  /** Only in images, not beside files. */
  readonly inlineOnly: boolean
  /** Its file beside exported files. */
  readonly filename: string
}

/** What is said of a result beside the result. */
export interface AttestSpec {
  readonly provenance: ProvenanceSpec | undefined
  readonly sbom: boolean
}

/** One `--attest`; `disabled` takes back what was said before. */
export type Attest =
  | { readonly type: "provenance"; readonly spec: ProvenanceSpec | undefined }
  | { readonly type: "sbom"; readonly isWanted: boolean }

/** Reads `--attest`: `type=provenance|sbom,KEY=VALUE,…` as CSV. Source: buildx, util/buildflags/attests.go; BuildKit. */
export const parse = (text: string): Either.Either<Attest, string> =>
  Either.gen(function* () {
    const fields = yield* Either.mapLeft(MountField.split(text), (reason) => `invalid attestation: ${reason}`)
    const attributes = new Map<string, string>()
    for (const { text: written, key, value } of fields) {
      if (value === undefined) return yield* Either.left(`invalid value ${written}`)
      attributes.set(key.trim(), value)
    }
    const type = attributes.get("type")
    attributes.delete("type")
    if (type === undefined || type === "") return yield* Either.left("attestation type not specified")
    const disabled = attributes.get("disabled")
    attributes.delete("disabled")
    const isDisabled = disabled === undefined ? false : MountField.boolean(disabled)
    if (isDisabled === undefined) return yield* Either.left(`invalid value disabled=${disabled}`)
    if (type === "provenance") {
      const spec = yield* provenance(attributes)
      return { type, spec: isDisabled ? undefined : spec }
    }
    if (type === "sbom") {
      yield* sbom(attributes)
      return { type, isWanted: !isDisabled }
    }
    return yield* Either.left(`unknown attestation type "${type}": use provenance or sbom`)
  })

/** Reads `--provenance` and `--sbom`: a boolean, or the attributes of `--attest` without the type. */
export const shorthand =
  (type: Attest["type"]) =>
  (text: string): Either.Either<Attest, string> => {
    const wanted = MountField.boolean(text)
    if (wanted === undefined) return parse(`type=${type},${text}`)
    return parse(`type=${type},disabled=${!wanted}`)
  }

const take = (attributes: Map<string, string>, name: string): string | undefined => {
  const value = attributes.get(name)
  attributes.delete(name)
  return value
}

const flag = (attributes: Map<string, string>, name: string): Either.Either<boolean, string> => {
  const text = take(attributes, name)
  const value = text === undefined ? false : MountField.boolean(text)
  return value === undefined
    ? Either.left(`non-bool value specified for ${name}: ${JSON.stringify(text)}`)
    : Either.right(value)
}

const provenance = (attributes: Map<string, string>): Either.Either<ProvenanceSpec, string> =>
  Either.gen(function* () {
    const mode = take(attributes, "mode") ?? "max"
    if (mode !== "min" && mode !== "max") return yield* Either.left(`invalid mode "${mode}": use min or max`)
    const version = take(attributes, "version") ?? "v1"
    if (version !== "v1" && version !== "v0.2")
      return yield* Either.left(`invalid provenance SLSA version "${version}": use v1 or v0.2`)
    const filename = take(attributes, "filename") ?? "provenance.json"
    if (!/^[^/]+$/.test(filename) || filename === "." || filename === "..")
      return yield* Either.left(`invalid filename "${filename}": a name without slashes is wanted`)
    const spec: ProvenanceSpec = {
      mode,
      version,
      builderId: take(attributes, "builder-id") ?? "",
      reproducible: yield* flag(attributes, "reproducible"),
      inlineOnly: yield* flag(attributes, "inline-only"),
      filename
    }
    yield* empty("provenance", attributes)
    return spec
  })

const sbom = (attributes: Map<string, string>): Either.Either<void, string> =>
  attributes.has("generator")
    ? Either.left("generator= is not supported: the packages of the result are read without a scanner image")
    : empty("sbom", attributes)

const empty = (type: string, attributes: Map<string, string>): Either.Either<void, string> => {
  const [unknown] = attributes.keys()
  return unknown === undefined
    ? Either.void
    : Either.left(`unknown attribute "${unknown}" of an attestation of the type ${type}`)
}

/** What all of a command line's attestations come to: the last of a type counts. */
export const combined = (attests: ReadonlyArray<Attest>): AttestSpec => {
  const provenance = attests.findLast((attest) => attest.type === "provenance")
  const sbom = attests.findLast((attest) => attest.type === "sbom")
  return {
    provenance: provenance?.type === "provenance" ? provenance.spec : undefined,
    sbom: sbom?.type === "sbom" && sbom.isWanted
  }
}
