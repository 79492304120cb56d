import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BuildEvent } from "../../../src/core/plan/BuildEvent.js"
import * as Build from "../../../src/engine/Build.js"
import type { BuildRequest } from "../../../src/engine/build/BuildRequest.js"
import * as Repeat from "../../../src/engine/build/Repeat.js"
import * as building from "./building.js"

/** Builds twice, and tells what may be kept of the second build. */
const again = (files: Readonly<Record<string, string>>, given: Partial<BuildRequest> = {}) =>
  Effect.gen(function* () {
    const root = yield* building.place
    const context = `${root}/context`
    building.write(context, files)
    const once = Effect.gen(function* () {
      const events: Array<BuildEvent> = []
      const request = building.request(context, { explain: false, ...given }, (event) =>
        Effect.sync(() => events.push(event))
      )
      const { runs } = yield* Build.build(request)
      return { context, outcome: Repeat.outcome(request, events, runs) }
    })
    const first = yield* Effect.provide(once, building.services(root))
    expect(first.outcome).toBeUndefined()
    return yield* Effect.provide(once, building.services(root))
  })

const dockerfile = "FROM scratch\nCOPY file /\nENV A=b\n"

describe("what may be kept of a build", () => {
  it.scoped("that found all its steps: its files, its context and its records", () =>
    Effect.gen(function* () {
      const { context, outcome } = yield* again({ Dockerfile: dockerfile, file: "1" })
      expect(outcome?.context).toBe(context)
      expect(outcome?.files).toEqual(
        expect.arrayContaining([
          `${context}/Dockerfile`,
          `${context}/Dockerfile.dockerignore`,
          `${context}/.dockerignore`
        ])
      )
      expect(outcome?.records.filter((file) => file.startsWith("cache/"))).toHaveLength(1)
      expect(outcome?.records.some((file) => file.startsWith("images/"))).toBe(true)
    })
  )

  it.scoped("that reads no file of its context: not the context", () =>
    Effect.gen(function* () {
      const { outcome } = yield* again({ Dockerfile: "FROM scratch\nCOPY <<end /x\nx\nend\n" })
      expect(outcome).toBeDefined()
      expect(outcome?.context).toBeUndefined()
    })
  )

  const others: ReadonlyArray<readonly [string, Partial<BuildRequest>]> = [
    ["explains itself", { explain: true }],
    ["has a secret", { secrets: new Map([["id", new Uint8Array()]]) }],
    ["has an agent", { agents: new Map([["default", "/socket"]]) }],
    ["uses no cache", { cache: "ignore" }],
    ["asks registries for newer images", { pull: "always" }],
    ["names platforms", { platforms: [{ os: "linux", architecture: "amd64" }] }]
  ]
  it.scoped.each(others)("that %s: nothing", ([, given]) =>
    Effect.gen(function* () {
      const { outcome } = yield* again({ Dockerfile: dockerfile, file: "1" }, given)
      expect(outcome).toBeUndefined()
    })
  )
})
