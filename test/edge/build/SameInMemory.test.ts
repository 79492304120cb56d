import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as PathTree from "../../../src/core/layer/PathTree.js"
import type { Digest } from "../../../src/core/oci/Digest.js"
import { standard } from "../../../src/edge/archive/ArchiveLimits.js"
import { TarReader } from "../../../src/edge/archive/TarReader.js"
import { ContextSource } from "../../../src/edge/build/BuildContext.js"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import * as FileNode from "../../../src/edge/store/memory/FileNode.js"
import { TarChanges } from "../../../src/edge/store/memory/TarChanges.js"
import { buildWith, type FileGiven, type Files } from "../../../src/exports/testing.js"
import { build, place, services } from "../../engine/build/building.js"
import * as Layers from "../../support/store/Layers.js"

const archive = Layers.tar([
  { path: "packed/" },
  { path: "packed/one", content: "1", uid: 7, gid: 8, mode: 0o640 },
  { path: "packed/link", kind: "symlink", linkTarget: "one" },
  { path: "packed/again", kind: "hardlink", linkTarget: "packed/one" }
])

/** A context with everything that a copy has to think about. */
const context: Files = {
  "a.txt": "a",
  "b.txt": "bb",
  "src/main.c": "int main;",
  "src/deep/er/file": "deep",
  "src/deep/er/tool": { content: "#!", mode: 0o755 },
  "src/link": { link: "main.c" },
  "src/away": { link: "/etc/passwd" },
  "empty/": {},
  "skipped.md": "no",
  "kept.md": "yes",
  ".dockerignore": "*.md\n!kept.md\n",
  "packed.tar": archive
}

const dockerfiles: Readonly<Record<string, string>> = {
  "a file to a name, a directory, and one that is to be made":
    "COPY a.txt /x\nCOPY a.txt /d/\nCOPY a.txt b.txt /e/f/\n",
  "a directory's contents, over what is there": "COPY src /app\nCOPY src/deep /app\nCOPY empty /app/er\n",
  "everything that the ignore file leaves": "COPY . /all/\n",
  "wildcards and links": "COPY *.txt /w/\nCOPY src/link src/main.c /l/\nCOPY src/*/er /g/\n",
  "owners and modes":
    "COPY --chown=5:6 --chmod=750 src /o\nCOPY --chmod=u=rwX,go= src /p\nCOPY --chown=9 a.txt /o/\n",
  "exclusions and parents": "COPY --exclude=**/er src /x\nCOPY --parents src/./deep/er src/main.c /y/\n",
  heredocs: "COPY <<one <<two /h/\nfirst\none\nsecond\ntwo\n",
  archives: "ADD packed.tar /un/\nADD a.txt /un/packed/\nCOPY packed.tar /as-it-is\n",
  "working directories": "WORKDIR /one/two\nCOPY a.txt .\nWORKDIR three\nCOPY b.txt ./\n",
  "a file over a link's target":
    "ADD packed.tar /un/\nCOPY a.txt /un/packed/link\nCOPY b.txt /un/packed/again\n",
  "from a stage":
    "COPY src /app\nFROM scratch\nCOPY --from=0 /app/deep /d\nCOPY --from=0 --chown=3 /app/link /app/main.c /\n"
}

/** Everything about a tree but times: those of directories that steps make are now. */
const shape = (tree: FileNode.FileTree): unknown => {
  const names = new Map<FileNode.FileNode, string>()
  const found: Record<string, unknown> = {}
  const walk = ({ data, children }: PathTree.PathTree<FileNode.FileNode>, path: string): void => {
    const { kind, mode, uid, gid, content, linkTarget } = data
    const first = kind === "directory" ? undefined : names.get(data)
    if (kind !== "directory" && first === undefined) names.set(data, path)
    found[path] = [
      kind,
      mode.toString(8),
      `${uid}:${gid}`,
      linkTarget ?? Buffer.from(content).toString(),
      first
    ]
    for (const [name, child] of [...(children ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
      walk(child, `${path}/${name}`)
  }
  walk(tree, "")
  return found
}

/** The tree of an image of the store on the disk, from its layers' tars. */
const treeOf = (image: Digest) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const { manifest } = yield* (yield* ImageStore).manifest(image)
    let tree = FileNode.emptyTree
    for (const { digest } of manifest.layers) {
      const changes = new TarChanges(standard)
      const reader = new TarReader(changes, standard)
      yield* Stream.runForEach(blobs.read(digest), (chunk) => Effect.sync(() => reader.write(chunk)))
      reader.finish()
      tree = FileNode.apply(tree, changes.changes)
    }
    return tree
  })

const onDisk = (dockerfile: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const root = yield* place
      for (const [path, given] of Object.entries(context)) {
        const file = `${root}/c/${path}`
        const spec: FileGiven =
          typeof given === "string" || given instanceof Uint8Array ? { content: given } : given
        fs.mkdirSync(path.endsWith("/") ? file : file.slice(0, file.lastIndexOf("/")), { recursive: true })
        if (spec.link !== undefined) fs.symlinkSync(spec.link, file)
        else if (spec.content !== undefined)
          fs.writeFileSync(file, spec.content, { mode: spec.mode ?? 0o644 })
      }
      const source = ContextSource.Directory({ path: `${root}/c`, dockerfile: Buffer.from(dockerfile) })
      return yield* Effect.gen(function* () {
        const { image } = yield* build(`${root}/c`, { source })
        return shape(yield* treeOf(image))
      }).pipe(Effect.provide(services(root)))
    })
  )

const inMemory = (dockerfile: string) =>
  Effect.gen(function* () {
    const { image, failure } = yield* buildWith({ dockerfile, context })
    expect(failure?.message).toBeUndefined()
    return image === undefined ? undefined : shape(image.tree)
  })

describe.runIf(process.getuid?.() === 0)(
  "a build in memory gives the files that one on the disk gives",
  () => {
    it.effect.each(Object.entries(dockerfiles))("%s", ([, instructions]) =>
      Effect.gen(function* () {
        const dockerfile = `FROM scratch\n${instructions}`
        expect(yield* inMemory(dockerfile)).toEqual(yield* onDisk(dockerfile))
      })
    )
  }
)
