import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { OutputFile } from "../../../src/edge/store/fs/OutputFile.js"

/** A file system on a disk, and one in memory, where there are such. */
const places = [os.tmpdir(), "/dev/shm"].filter((place) => fs.existsSync(place))

describe.each(places)("a file written in %s", (place) => {
  it("holds what was given to it, also beyond what goes through the page cache, and knows its digest", () => {
    const dir = fs.mkdtempSync(path.join(place, "kasane-output-file-"))
    try {
      const output = new OutputFile(path.join(dir, "out"))
      const hash = createHash("sha256")
      let given = 0
      const pieces = [1, 511, 3 << 20, 70_001, 1 << 20].map((length, index) =>
        Buffer.alloc(length, `piece ${index}`)
      )
      for (let round = 0; given < 36 << 20; round++) {
        const piece = pieces[round % pieces.length] ?? Buffer.alloc(0)
        piece.writeUInt8(round & 255)
        hash.update(piece)
        output.write(piece)
        given += piece.length
      }
      const digest = output.finish()
      output.close()
      expect(output.sizeBytes).toBe(given)
      expect(digest).toBe(`sha256:${hash.digest("hex")}`)
      const read = fs.readFileSync(output.path)
      expect(read.length).toBe(given)
      expect(createHash("sha256").update(read).digest("hex")).toBe(digest.slice("sha256:".length))
    } finally {
      fs.rmSync(dir, { recursive: true })
    }
  })
})
