import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { BuildEvent } from "../../../src/core/plan/BuildEvent.js"
import * as Build from "../../../src/engine/Build.js"
import { options } from "../../core/plan/planning.js"
import { base, build, place, request, runningServices, write } from "./building.js"

describe("a build with commands", () => {
  it.scoped("runs them above what was built so far, and finds them in the cache", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        write(`${root}/c`, {
          Dockerfile: [
            "FROM base",
            "ARG WHO=world",
            "WORKDIR /w",
            "RUN echo hello $WHO > greeting && echo done",
            "COPY f .",
            "RUN cat greeting f > both; id -u; ls -a /"
          ].join("\n"),
          f: "file\n"
        })
        const first = yield* build(`${root}/c`, { names: ["docker.io/library/t:1"] })
        expect(first.text).toContain(" ---> Running in ID\ndone\nRemoving intermediate container ID\n")
        const again = yield* build(`${root}/c`)
        expect(again.image).toBe(first.image)
        expect(again.text).not.toContain("Running in")
        const changed = yield* build(`${root}/c`, {
          options: { ...options, buildArgs: { WHO: "you" } }
        })
        expect(changed.text).toContain("Not in cache: ARG WHO world -> you")
      }).pipe(Effect.provide(runningServices(root)))
    })
  )

  it.scoped("stops where one fails, with its code and the classic words", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        write(`${root}/c`, { Dockerfile: "FROM base\nRUN echo before; exit 7\nRUN echo never" })
        const error = yield* Effect.flip(build(`${root}/c`))
        expect(error.message).toBe("The command '/bin/sh -c echo before; exit 7' returned a non-zero code: 7")
        expect(error.exitCode).toBe(7)
      }).pipe(Effect.provide(runningServices(root)))
    })
  )

  it.scopedLive("is over at once when it is interrupted, however long its command would run", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        write(`${root}/c`, { Dockerfile: "FROM base\nRUN echo begun; sleep 100000\n" })
        const begun = yield* Deferred.make<void>()
        const report = (event: BuildEvent) =>
          event._tag === "Output" ? Deferred.succeed(begun, undefined) : Effect.void
        const building = yield* Effect.fork(Build.build(request(`${root}/c`, {}, report)))
        yield* Deferred.await(begun)
        expect(Exit.isInterrupted(yield* Fiber.interrupt(building))).toBe(true)
      }).pipe(Effect.provide(runningServices(root)))
    })
  )

  it.scoped("leaves no trace of mount targets, and keeps nothing that a mount held", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        yield* base(root)
        write(`${root}/c`, {
          Dockerfile: [
            "FROM base",
            "RUN --mount=target=/ctx --mount=type=tmpfs,target=/t --mount=type=cache,target=/cache cat /ctx/f > /seen && touch /t/x /cache/y",
            "RUN --mount=type=cache,target=/cache ls /cache > /cached",
            "RUN --mount=type=secret,id=s cat /run/secrets/s > /secret; ls -d /ctx /t /cache || true"
          ].join("\n"),
          f: "from the context\n"
        })
        const { text } = yield* build(`${root}/c`, { secrets: new Map([["s", Buffer.from("hush")]]) })
        expect(text).toContain("No such file or directory")
      }).pipe(Effect.provide(runningServices(root)))
    })
  )
})
