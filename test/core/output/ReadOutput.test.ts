import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import * as ReadOutput from "../../../src/core/output/ReadOutput.js"

const read = (text: string) => Either.merge(ReadOutput.parse(text))

describe("an output", () => {
  it("may be a directory or standard output alone", () => {
    expect(read("out/dir")).toMatchObject({ _tag: "Files", format: "local", destination: "out/dir" })
    expect(read("-")).toMatchObject({ _tag: "Files", format: "tar", destination: "-" })
  })

  it.each([
    ["type=local,dest=out", { _tag: "Files", format: "local", destination: "out", mode: "copy" }],
    ["type=local,dest=out,mode=delete", { mode: "delete" }],
    ["type=tar", { _tag: "Files", format: "tar", destination: "-" }],
    ["type=tar,dest=x.tar,platform-split=false", { destination: "x.tar", platformSplit: false }],
    ["type=oci,dest=x.tar", { _tag: "Archive", format: "oci", isTar: true, destination: "x.tar" }],
    ["type=oci,dest=x,tar=false", { isTar: false, destination: "x" }],
    ["type=oci", { destination: "-" }],
    ["type=docker,dest=-", { _tag: "Archive", format: "docker", destination: "-" }],
    ["type=docker", { _tag: "Image", push: false, store: true }],
    ["type=image,push=true", { _tag: "Image", push: true }],
    ["type=registry", { _tag: "Image", push: true }],
    ["type=image,push-by-digest=true", { push: true, pushByDigest: true }],
    ["TYPE=image,Name=a:1", { names: ["docker.io/library/a:1"] }],
    [
      'type=image,"name=a,localhost:5000/b:2"',
      { names: ["docker.io/library/a:latest", "localhost:5000/b:2"] }
    ],
    ["type=image,compression=zstd,compression-level=22", { compression: { type: "zstd", level: 22 } }],
    ["type=image,force-compression=true", { compression: { type: "gzip", force: true } }],
    ["type=image,rewrite-timestamp=true,source-date-epoch=7", { rewriteTimestamp: true, sourceDateEpoch: 7 }],
    ["type=image,annotation.a=b", { annotations: [{ place: "manifest", key: "a", value: "b" }] }],
    ["type=oci,annotation-index.a=b", { annotations: [{ place: "index", key: "a", value: "b" }] }],
    ["type=cacheonly", { _tag: "CacheOnly" }]
  ])("%s is read", (text, expected) => expect(read(text)).toMatchObject(expected))

  it.each([
    ["", "type is required for output"],
    ["dest=x,name=y", "type is required for output"],
    ["type=local", "dest is required for local output"],
    ["type=local,dest=-", "dest cannot be stdout for local output"],
    ["type=local,dest=x,mode=move", 'invalid mode "move" of local output: use copy or delete'],
    ["type=tar,attestation-prefix=../x", 'invalid attestation-prefix "../x": it may hold no slash'],
    ["type=oci,tar=false", "dest is required for oci output with tar=false"],
    ["type=image,push", "invalid value push"],
    ["type=image,push=perhaps", 'non-bool value specified for push: "perhaps"'],
    [
      "type=image,compression=estargz",
      'unsupported layer compression type "estargz": use uncompressed, gzip or zstd'
    ],
    ["type=image,compression-level=10", "compression-level 10 is out of range: gzip has 0 to 9"],
    [
      "type=image,compression=zstd,oci-mediatypes=false",
      "compression=zstd conflicts with oci-mediatypes=false"
    ],
    ["type=image,annotation-layer.a=b", "unrecognized annotation type layer"],
    ["type=tar,name=x", 'unknown attribute "name" of an output of the type tar'],
    ["type=zip", 'unknown output type "zip": use image, registry, oci, docker, local, tar or cacheonly'],
    [
      'type=image,"name=a',
      'invalid output: parse error on line 1, column 19: extraneous or missing " in quoted-field'
    ]
  ])("%s is refused", (text, reason) => expect(read(text)).toBe(reason))
})
