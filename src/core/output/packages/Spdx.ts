import * as Digest from "../../oci/Digest.js"
import * as Platform from "../../oci/Platform.js"
import * as Purl from "../attest/Purl.js"
import type { Distribution, Package } from "./Package.js"

/** What a bill of materials is about. */
export interface SpdxSubject {
  /** `app`: how the document is called. */
  readonly name: string
  readonly platform: Platform.Platform
  readonly distribution: Distribution | undefined
  readonly packages: ReadonlyArray<Package>
  /** RFC 3339 in whole seconds. */
  readonly created: string
  /** `kasane-0.1.0`. */
  readonly tool: string
}

const unsaid = "NOASSERTION"

/** A licence expression of SPDX's, as far as a text is one. Source: SPDX 2.3, annex D. */
const licenseOf = (text: string): string =>
  /^[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*$/.test(text) ? text : unsaid

const purlOf = (one: Package, distribution: Distribution | undefined): string => {
  const isSystem = one.type === "deb" || one.type === "apk"
  const scope = one.type === "npm" && one.name.startsWith("@") ? one.name.slice(0, one.name.indexOf("/")) : ""
  const name =
    one.type === "pypi"
      ? one.name.toLowerCase().replace(/[-_.]+/g, "-")
      : scope === ""
        ? one.name
        : one.name.slice(scope.length + 1)
  return Purl.print({
    type: one.type,
    namespace: isSystem ? (distribution?.id ?? "") : scope,
    name,
    version: one.version,
    qualifiers: {
      arch: isSystem ? one.architecture : "",
      distro: isSystem && distribution !== undefined ? `${distribution.id}-${distribution.version}` : "",
      upstream: isSystem && one.source !== one.name ? one.source : ""
    }
  })
}

const keyOf = (one: Package): string =>
  JSON.stringify([one.type, one.name, one.version, one.architecture, one.foundIn])

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** An id that the package's own content makes. */
const idOf = (one: Package): string =>
  `SPDXRef-Package-${one.type}-${one.name.replace(/[^A-Za-z0-9.-]+/g, "-")}-${Digest.short(Digest.ofBytes(keyOf(one)))}`

const entryOf = (one: Package, distribution: Distribution | undefined) => ({
  name: one.name,
  SPDXID: idOf(one),
  versionInfo: one.version,
  ...(one.supplier === "" ? {} : { supplier: `Person: ${one.supplier.replace(/ ?<(.*)>$/, " ($1)")}` }),
  downloadLocation: unsaid,
  filesAnalyzed: false,
  sourceInfo: `acquired package info from ${one.foundIn}`,
  licenseConcluded: unsaid,
  licenseDeclared: licenseOf(one.license),
  copyrightText: unsaid,
  externalRefs: [
    {
      referenceCategory: "PACKAGE-MANAGER",
      referenceType: "purl",
      referenceLocator: purlOf(one, distribution)
    }
  ]
})

/** The SPDX 2.3 document. The same subject gives the same document, whatever the order of its packages. */
export const document = (subject: SpdxSubject) => {
  const { name, platform, distribution, created, tool } = subject
  const packages = [...new Map(subject.packages.map((one) => [keyOf(one), one])).entries()]
    .sort(([a], [b]) => compare(a, b))
    .map(([, one]) => one)
  const root = "SPDXRef-DocumentRoot-Image"
  const content = JSON.stringify([name, Platform.print(platform), created, packages])
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: `https://spdx.org/spdxdocs/${encodeURIComponent(name)}-${Digest.hex(Digest.ofBytes(content))}`,
    creationInfo: { creators: [`Tool: ${tool}`], created },
    packages: [
      {
        name,
        SPDXID: root,
        downloadLocation: unsaid,
        filesAnalyzed: false,
        primaryPackagePurpose: "CONTAINER",
        licenseConcluded: unsaid,
        licenseDeclared: unsaid,
        copyrightText: unsaid,
        ...(distribution === undefined || distribution.name === ""
          ? {}
          : { comment: `${distribution.name} on ${Platform.print(platform)}` })
      },
      ...packages.map((one) => entryOf(one, distribution))
    ],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: root },
      ...packages.map((one) => ({
        spdxElementId: root,
        relationshipType: "CONTAINS",
        relatedSpdxElement: idOf(one)
      }))
    ]
  }
}
