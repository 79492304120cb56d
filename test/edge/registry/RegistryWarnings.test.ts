import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { logger } from "../../../src/cli/PeopleLogger.js"
import { RegistryClient } from "../../../src/edge/registry/RegistryClient.js"
import * as RegistryWarnings from "../../../src/edge/registry/RegistryWarnings.js"
import * as Registry from "../../support/registry/Registry.js"
import * as TestImage from "../../support/registry/TestImage.js"
import { client } from "./client.js"

describe("RegistryWarnings", () => {
  it("are what code 299 of nobody says, one line each", () => {
    expect(RegistryWarnings.texts('299 - "old \\"tag\\"", 299 - "two\nlines", 199 - "other"')).toEqual([
      'old "tag"',
      "two lines"
    ])
    expect(RegistryWarnings.texts("299 - unquoted")).toEqual([])
  })

  it.scoped("are told to the person once", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const keeping = Logger.map(logger, (text) => void told.push(text))
      const registry = yield* Registry.start({ warning: "this image is no longer maintained" })
      TestImage.put(registry, "app", "1", TestImage.image([]))
      const { manifest } = yield* RegistryClient
      yield* Effect.repeatN(manifest({ domain: registry.host, path: "app" }, "1"), 2).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, keeping))
      )
      expect(told).toEqual([`WARNING: ${registry.host}: this image is no longer maintained`])
    }).pipe(Effect.provide(client()))
  )
})
