import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Terminal } from "../../edge/terminal/Terminal.js"
import { failure } from "../../engine/build/BuildRequest.js"
import type { OutputRequest } from "../../engine/output/OutputRequest.js"
import * as LocalFile from "../LocalFile.js"

/** Writes what a build puts out: a file, whole or not at all, or standard output where the path is `-`. */
export const write =
  (terminal: Terminal["Type"]): OutputRequest["write"] =>
  <E extends { readonly message: string }, R>(path: string, bytes: Stream.Stream<Uint8Array, E, R>) => {
    const work: Effect.Effect<void, E | LocalFile.LocalFileError, R> =
      path === "-" ? Stream.runForEach(bytes, terminal.out) : LocalFile.write(path, bytes)
    return Effect.mapError(work, (error) => failure(error.message, error))
  }

/** Writes a small file of text, whole or not at all. */
export const writeText = (path: string, text: string) =>
  Effect.mapError(LocalFile.write(path, Stream.make(new TextEncoder().encode(text))), (error) =>
    failure(error.message, error)
  )
