import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as RegistriesConfig from "../../../src/core/registry/RegistriesConfig.js"
import { RegistryClient } from "../../../src/edge/registry/RegistryClient.js"
import * as Registry from "../../support/registry/Registry.js"
import * as TestImage from "../../support/registry/TestImage.js"
import * as TestProxy from "../../support/registry/TestProxy.js"
import { client } from "./client.js"

const manifest = (domain: string) =>
  Effect.flatMap(RegistryClient, (client) => client.manifest({ domain, path: "app" }, "1"))

describe("proxies", () => {
  it.scoped("plain registries are asked through HTTP_PROXY, with its user, but for those of NO_PROXY", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const image = TestImage.image([])
      TestImage.put(registry, "app", "1", image)
      const { asked, port } = yield* TestProxy.start(registry.host)
      const environment = { HTTP_PROXY: `http://me:s3cret@127.0.0.1:${port}`, NO_PROXY: "direct.test" }
      const config = { ...RegistriesConfig.empty, insecure: ["plain.test:80", "direct.test:80"] }
      yield* Effect.gen(function* () {
        expect((yield* manifest("plain.test:80")).digest).toBe(image.digest)
        const authorization = `Basic ${Buffer.from("me:s3cret").toString("base64")}`
        expect(asked.at(-1)).toBe(`GET http://plain.test/v2/app/manifests/1 ${authorization}`)
        expect(registry.requests.every(({ headers }) => headers["proxy-authorization"] === undefined)).toBe(
          true
        )
        const before = asked.length
        yield* Effect.flip(manifest("direct.test:80"))
        expect(asked).toHaveLength(before)
        yield* manifest(registry.host)
        expect(asked).toHaveLength(before)
      }).pipe(Effect.provide(client({ config, environment })))
    })
  )
})
