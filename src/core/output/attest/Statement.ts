import * as Digest from "../../oci/Digest.js"

/** What a statement is about. */
export interface Subject {
  readonly name: string
  readonly digest: Digest.Digest
}

/** Something that is said of subjects, and in which terms. Source: in-toto attestation, spec/v1/statement.md. */
export interface Predicate {
  readonly type: string
  readonly content: unknown
}

export const provenanceV1 = "https://slsa.dev/provenance/v1"
export const provenanceV02 = "https://slsa.dev/provenance/v0.2"
export const spdx = "https://spdx.dev/Document"

/** `{ sha256: "…" }`. */
export const digestSet = (digest: Digest.Digest): Readonly<Record<string, string>> => ({
  [Digest.algorithm(digest)]: Digest.hex(digest)
})

/** The whole statement as data. */
export const make = (predicate: Predicate, subjects: ReadonlyArray<Subject>) => ({
  _type: "https://in-toto.io/Statement/v1",
  predicateType: predicate.type,
  subject: subjects.map(({ name, digest }) => ({ name, digest: digestSet(digest) })),
  predicate: predicate.content
})
