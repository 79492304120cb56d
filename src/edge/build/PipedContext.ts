import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BuildError } from "./BuildError.js"
import * as BuildErrors from "./BuildError.js"
import * as Unpacking from "./Unpacking.js"

/** What came as one file. */
export type PipedContext =
  | { readonly _tag: "Archive" }
  /** A Dockerfile alone. */
  | { readonly _tag: "Text"; readonly text: Uint8Array }

/** More than any Dockerfile or ignore file has. */
export const textBytesMax = 16 * 1024 * 1024

/** Keeps the bytes in a file without a name. */
export const keep = (
  bytes: Stream.Stream<Uint8Array, BuildError>,
  path: string
): Effect.Effect<number, BuildError, Scope.Scope> =>
  Effect.gen(function* () {
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
    return fd
  })

/** Unpacks an archive into `root` (made by this); what is no archive is a text, and `root` is empty. */
export const unpack = (fd: number, root: string): Effect.Effect<PipedContext, BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const unpacked = yield* Unpacking.unpack({ fd, root, identity: "root" })
    if (unpacked !== undefined) return { _tag: "Archive" }
    fs.mkdirSync(root, { recursive: true })
    const size = fs.fstatSync(fd).size
    if (size > textBytesMax)
      return yield* BuildErrors.make("context", "the context is neither an archive nor a Dockerfile")
    const text = Buffer.alloc(size)
    fs.readSync(fd, text, 0, size, 0)
    return { _tag: "Text", text }
  })
