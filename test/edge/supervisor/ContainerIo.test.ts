import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { PassThrough } from "node:stream"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as AttachClient from "../../../src/edge/supervisor/AttachClient.js"
import * as AttachServer from "../../../src/edge/supervisor/AttachServer.js"
import * as ContainerIo from "../../../src/edge/supervisor/ContainerIo.js"
import { Relay } from "../../../src/edge/supervisor/Relay.js"

const streams = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), `kasane-io-${"deep".repeat(20)}-`))),
    (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
  ),
  (directory) => ({
    stdin: path.join(directory, "stdin"),
    stdout: path.join(directory, "stdout"),
    stderr: path.join(directory, "stderr"),
    socket: path.join(directory, "attach.sock")
  })
)
const shell = (io: ContainerIo.ContainerIo, script: string) =>
  spawn("sh", ["-c", script], { stdio: [...io.stdio] })
const listener = () => {
  const stream = new PassThrough()
  const chunks: Array<Buffer> = []
  stream.on("data", (chunk: Buffer) => chunks.push(chunk))
  return { stream, text: () => Buffer.concat(chunks).toString() }
}
const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

describe("a container's streams", () => {
  it.scoped("carry input in, output out, and end with the process", () =>
    Effect.gen(function* () {
      const paths = yield* streams
      const io = yield* ContainerIo.pipes(paths, true)
      shell(io, "cat; echo done >&2; cat /dev/null > /dev/stdout")
      const ends = yield* io.started
      const [out, err] = [listener(), listener()]
      const relay = new Relay(undefined, () => 0)
      relay.begin(ends.stdout, ends.stderr)
      relay.join({ stdout: out.stream, stderr: err.stream })
      ends.stdin?.end("typed")
      yield* relay.finished
      yield* turn
      expect([out.text(), err.text()]).toEqual(["typed", "done\n"])
    })
  )

  it.scoped("lose nothing when their relay is replaced", () =>
    Effect.gen(function* () {
      const paths = yield* streams
      const first = yield* Scope.make()
      const io = yield* Scope.extend(ContainerIo.pipes(paths, false), first)
      const flag = `${paths.stdout}.flag`
      shell(io, `echo one; while [ ! -e ${flag} ]; do :; done; echo two`)
      const ends = yield* io.started
      const seen = listener()
      const relay = new Relay(undefined, () => 0)
      relay.begin(ends.stdout, ends.stderr)
      yield* Effect.async<void>((resume) => {
        seen.stream.once("data", () => resume(Effect.void))
        relay.join({ stdout: seen.stream, stderr: undefined })
      })
      yield* Scope.close(first, Exit.void)
      const adopted = yield* ContainerIo.adopt(paths, false)
      fs.writeFileSync(flag, "")
      const again = new Relay(undefined, () => 0)
      again.begin(adopted.stdout, adopted.stderr)
      again.join({ stdout: seen.stream, stderr: undefined })
      yield* again.finished
      yield* turn
      expect(seen.text()).toBe("one\ntwo\n")
    })
  )

  it.scoped("are shared with everyone attached, who ends with them", () =>
    Effect.gen(function* () {
      const paths = yield* streams
      const out = listener()
      const input = new PassThrough()
      const served = yield* Scope.make()
      const io = yield* ContainerIo.pipes(paths, true)
      shell(io, "read line; echo got $line")
      const ends = yield* io.started
      const relay = new Relay(undefined, () => 0)
      relay.begin(ends.stdout, ends.stderr)
      yield* Scope.extend(
        AttachServer.listen(paths.socket, relay, { whenRunning: (callback) => callback(ends), once: true }),
        served
      )
      const attached = yield* AttachClient.attach(paths.socket, {
        stdin: input,
        stdout: out.stream,
        stderr: undefined
      })
      input.write("this\n")
      yield* relay.finished
      yield* Effect.forkScoped(Scope.close(served, Exit.void))
      yield* attached.ended
      yield* turn
      expect(out.text()).toBe("got this\n")
    })
  )

  it.scoped("go on when somebody attached is gone in the middle of what is said", () =>
    Effect.gen(function* () {
      const paths = yield* streams
      const out = listener()
      const said = new PassThrough()
      const relay = new Relay(undefined, () => 0)
      relay.begin(said, undefined)
      yield* AttachServer.listen(paths.socket, relay, { whenRunning: () => {}, once: true })
      const visit = yield* Scope.make()
      yield* Scope.extend(
        AttachClient.attach(paths.socket, { stdin: undefined, stdout: out.stream, stderr: undefined }),
        visit
      )
      relay.join({ stdout: out.stream, stderr: undefined })
      yield* Scope.close(visit, Exit.void)
      // Before the event loop could tell that nobody is there.
      said.write("into the void\n")
      said.end()
      yield* relay.finished
      yield* turn
      expect(out.text()).toBe("into the void\n")
    })
  )
})
