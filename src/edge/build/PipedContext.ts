import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BuildError } from "./BuildError.js"
import * as BuildErrors from "./BuildError.js"
import * as Unpacking from "./Unpacking.js"

/** What came through standard input. */
export type PipedContext =
  | { readonly _tag: "Archive" }
  /** A Dockerfile alone. */
  | { readonly _tag: "Text"; readonly text: Uint8Array }

/** Unpacks a piped archive into `root` (made by this); what is no archive is a Dockerfile, and `root` is empty. */
export const unpack = (
  bytes: Stream.Stream<Uint8Array, BuildError>,
  root: string
): Effect.Effect<PipedContext, BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const path = `${root}.piped`
    const fd = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const opened = fs.openSync(path, "wx+", 0o600)
        fs.unlinkSync(path)
        return opened
      }),
      (opened) => Effect.sync(() => fs.closeSync(opened))
    )
    yield* Stream.runForEach(bytes, (chunk) =>
      Effect.try({
        try: () => {
          fs.writeSync(fd, chunk)
        },
        catch: (thrown) => BuildErrors.ofThrown(thrown, "cannot keep the piped context")
      })
    )
    const unpacked = yield* Unpacking.unpack({ fd, root, identity: "root" })
    if (unpacked !== undefined) return { _tag: "Archive" }
    fs.mkdirSync(root, { recursive: true })
    const size = fs.fstatSync(fd).size
    const text = Buffer.alloc(size)
    fs.readSync(fd, text, 0, size, 0)
    return { _tag: "Text", text }
  })
