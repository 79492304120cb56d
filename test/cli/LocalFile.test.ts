import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as LocalFile from "../../src/cli/LocalFile.js"

const bytes = Stream.make(Buffer.from("some"), Buffer.from(" bytes"))

const directory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "kasane-file-"))),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true }))
)

describe("a file that the user named", () => {
  it.scoped("takes the place of an older one once it is whole", () =>
    Effect.gen(function* () {
      const file = path.join(yield* directory, "file")
      fs.writeFileSync(file, "older")
      const broken = Stream.concat(bytes, Stream.fail("broken"))
      expect(yield* Effect.flip(LocalFile.write(file, broken))).toBe("broken")
      expect(fs.readFileSync(file, "utf8")).toBe("older")
      yield* LocalFile.write(file, bytes)
      expect(fs.readFileSync(file, "utf8")).toBe("some bytes")
      expect(fs.readdirSync(path.dirname(file))).toEqual(["file"])
    })
  )

  it.scoped("is written to and stays what it is, where it is a pipe or a device", () =>
    Effect.gen(function* () {
      const pipe = path.join(yield* directory, "pipe")
      execFileSync("mkfifo", [pipe])
      // With a reader there, opening it to write does not wait.
      const reader = fs.openSync(pipe, fs.constants.O_RDWR)
      yield* LocalFile.write(pipe, bytes)
      const read = Buffer.alloc(100)
      expect(read.toString("utf8", 0, fs.readSync(reader, read))).toBe("some bytes")
      fs.closeSync(reader)
      expect(fs.statSync(pipe).isFIFO()).toBe(true)
    })
  )
})
