import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { pack } from "../../../src/edge/archive/TreePacker.js"
import { extract } from "../../support/store/Extraction.js"
import { type Item, tar } from "../../support/store/Layers.js"
import * as Snapshot from "../../support/store/Snapshot.js"

const name = FastCheck.constantFrom("a", "b", "d", "日", "x".repeat(60))
const at = FastCheck.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"))

/** Entries of a layer: files, directories, links, whiteouts and opaque marks, in any order, for any name. */
const item: FastCheck.Arbitrary<Item> = FastCheck.oneof(
  FastCheck.tuple(at, FastCheck.string({ maxLength: 700 }), FastCheck.integer({ min: 0, max: 0o7777 })).map(
    ([where, content, mode]) => ({ path: where, content, mode, uid: mode })
  ),
  FastCheck.tuple(at, FastCheck.integer({ min: 1, max: 2 ** 31 })).map(([where, mtimeSeconds]) => ({
    path: `${where}/`,
    mode: 0o750,
    mtimeSeconds
  })),
  FastCheck.tuple(at, at).map(([where, linkTarget]) => ({
    path: where,
    kind: "symlink" as const,
    mode: 0o777,
    linkTarget
  })),
  at.map((where) => ({
    path: path.posix.join(path.posix.dirname(where), `.wh.${path.posix.basename(where)}`)
  })),
  at.map((where) => ({ path: `${where}/.wh..wh..opq` }))
)

// Whiteouts and opaque marks are root's to make.
describe.runIf(process.getuid?.() === 0)("a layer's tree", () => {
  it.prop(
    "packed and unpacked is the same tree, marks included",
    [FastCheck.array(item, { maxLength: 12 })],
    ([items]) => {
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-trip-"))
      try {
        extract(tar(items), `${dir}/one`)
        const chunks: Array<Uint8Array> = []
        for (const _ of pack({ roots: [`${dir}/one`], whiteouts: "overlay" }, (chunk) =>
          chunks.push(Uint8Array.from(chunk))
        ));
        extract(Buffer.concat(chunks), `${dir}/two`)
        const [one, two] = [Snapshot.take(`${dir}/one`), Snapshot.take(`${dir}/two`)]
        // A whiteout is a name only: it has no time of its own.
        const comparable = (tree: typeof one) =>
          Object.entries(tree).map(([key, seen]) => [
            key,
            seen.type === fs.constants.S_IFCHR ? "whiteout" : seen
          ])
        expect(comparable(two)).toEqual(comparable(one))
      } finally {
        fs.rmSync(dir, { recursive: true, force: true })
      }
    },
    { fastCheck: { numRuns: 60 } }
  )
})
