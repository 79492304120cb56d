import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ContainerSpec, RootFileSystem } from "../../src/core/container/ContainerSpec.js"
import * as MappedRoot from "../../src/edge/linux/MappedRoot.js"
import type { StartRequest } from "../../src/edge/runtime/Runtime.js"
import { Runtime, type Started } from "../../src/edge/runtime/Runtime.js"
import type { RuntimeError } from "../../src/edge/runtime/RuntimeError.js"
import * as RootFs from "./RootFs.js"

/** A directory for one test, with a root file system of busybox in it; containers write to layers above. */
export interface Sandbox {
  readonly directory: string
  /** The lowest layer. */
  readonly image: string
  /** A fresh overlay on the image; `lower` are layers between. */
  readonly overlay: (...lower: ReadonlyArray<string>) => RootFileSystem
  /** An absolute path inside the directory, parents made. */
  readonly path: (name: string) => string
}

/** Makes a sandbox that is removed with the scope. */
export const make: Effect.Effect<Sandbox, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-runtime-"))
    const at = (name: string): string => {
      const file = path.join(directory, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      return file
    }
    const image = at("image")
    fs.mkdirSync(image)
    RootFs.fill(image)
    let overlays = 0
    const overlay = (...lower: ReadonlyArray<string>): RootFileSystem => {
      const base = at(`overlay-${overlays++}`)
      for (const name of ["upper", "work", "merged"]) fs.mkdirSync(`${base}/${name}`, { recursive: true })
      return {
        _tag: "Overlay",
        lower: [...lower, image],
        upper: `${base}/upper`,
        work: `${base}/work`,
        merged: `${base}/merged`,
        userxattr: false
      }
    }
    return { directory, image, overlay, path: at }
  }),
  ({ directory }) =>
    Effect.promise(async () =>
      MappedRoot.isNeeded()
        ? MappedRoot.remove([directory], os.tmpdir())
        : fs.rmSync(directory, { recursive: true, force: true })
    )
)

/** Everything that a stream brings until it ends. */
export const textOf = (stream: Readable | undefined): Effect.Effect<string> =>
  Effect.promise(async () => {
    const chunks: Array<Buffer> = []
    for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString()
  })

/** How a container that was run to its end behaved. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** stdin empty, stdout and stderr collected. */
export const piped: StartRequest = {
  stdio: ["ignore", "pipe", "pipe"],
  descriptors: [],
  lifetime: "detached"
}

/** Waits for the end of what was started, collecting its output. */
export const finish = (started: Started): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const [stdout, stderr, status] = yield* Effect.all(
      [textOf(started.streams.stdout), textOf(started.streams.stderr), started.exit],
      { concurrency: "unbounded" }
    )
    return { code: status.code, stdout, stderr }
  })

/** Runs a container to its end. */
export const run = (
  spec: ContainerSpec,
  request: StartRequest = piped
): Effect.Effect<Outcome, RuntimeError, Runtime> =>
  Effect.gen(function* () {
    const runtime = yield* Runtime
    const outcome = yield* Effect.flatMap(runtime.start(spec, request), finish)
    yield* runtime.remove(spec)
    return outcome
  })
