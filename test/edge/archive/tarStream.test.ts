import * as tarStream from "tar-stream"
import { describe, expect, it } from "vitest"
import { tar } from "../../support/store/Layers.js"

/** What tar-stream reads of an archive. */
const theirs = async (archive: Uint8Array): Promise<ReadonlyArray<unknown>> => {
  const found: Array<unknown> = []
  const extract = tarStream.extract()
  extract.end(archive)
  for await (const entry of extract) {
    const chunks: Array<Uint8Array> = []
    for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk)
    const { name, type, mode, uid, gid, size, linkname } = entry.header
    found.push({ name, type, mode, uid, gid, size, linkname, content: Buffer.concat(chunks).toString() })
  }
  return found
}

describe("what is written", () => {
  it("tar-stream reads", async () => {
    const long = `${"日本".repeat(40)}/x`
    const archive = tar([
      { path: "d/", mode: 0o1777 },
      { path: long, content: "hello", uid: 5, gid: 6, mode: 0o4755 },
      { path: "link", kind: "symlink", linkTarget: "t".repeat(150), mode: 0o777 },
      { path: "hard", kind: "hardlink", linkTarget: long }
    ])
    const entry = { mode: 0o644, uid: 0, gid: 0, size: 0, linkname: null, content: "" }
    expect(await theirs(archive)).toEqual([
      { ...entry, name: "d/", type: "directory", mode: 0o1777 },
      { ...entry, name: long, type: "file", mode: 0o4755, uid: 5, gid: 6, size: 5, content: "hello" },
      { ...entry, name: "link", type: "symlink", mode: 0o777, linkname: "t".repeat(150) },
      { ...entry, name: "hard", type: "link", linkname: long }
    ])
  })
})
