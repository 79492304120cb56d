import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as https from "node:https"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as RegistriesConfig from "../../../src/core/registry/RegistriesConfig.js"
import type { Certificates } from "../../../src/edge/registry/HostDialogue.js"
import { RegistryClient } from "../../../src/edge/registry/RegistryClient.js"
import * as RegistryFiles from "../../../src/edge/registry/RegistryFiles.js"
import { program } from "../../support/registry/Program.js"
import * as TestImage from "../../support/registry/TestImage.js"
import * as TestProxy from "../../support/registry/TestProxy.js"
import { temporaryDirectory } from "../../support/store/TemporaryStore.js"
import { client } from "./client.js"

const openssl = program("openssl")
const note = openssl === undefined ? " (skipped: openssl not installed)" : ""
const test = openssl === undefined ? it.live.skip : it.live

/** A key and a certificate that vouches for itself, for the loopback. */
const selfSigned = (directory: string, name: string) => {
  const [key, cert] = [path.join(directory, `${name}.key`), path.join(directory, `${name}.cert`)]
  execFileSync(
    openssl ?? "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2"
      ],
      ...["-keyout", key, "-out", cert, "-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"]
    ],
    { stdio: "ignore" }
  )
  return { key: fs.readFileSync(key, "utf8"), cert: fs.readFileSync(cert, "utf8") }
}

/** A registry that has one manifest, behind TLS. `ours` is whose certificates it wants to see, if any. */
const secure = (server: { readonly key: string; readonly cert: string }, ours: string | undefined) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<https.Server>((resume) => {
        const image = TestImage.image([])
        const wanted = ours === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: ours }
        const listening = https.createServer({ ...server, ...wanted }, (_, response) => {
          response.setHeader("content-type", MediaType.OciManifest)
          response.end(image.manifest)
        })
        listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
      }),
      (listening) =>
        Effect.async<void>((resume) => {
          listening.close(() => resume(Effect.void))
          listening.closeAllConnections()
        })
    ),
    (listening) => `127.0.0.1:${(listening.address() as AddressInfo).port}`
  )

/** Asks as for a registry that is nowhere on the loopback: only `insecure` makes such a one insecure. */
const ask = (host: string, certificates: Certificates, insecure: boolean) =>
  Effect.gen(function* () {
    const mirrors = { "registry.example": [`https://${host}`] }
    const config = { ...RegistriesConfig.empty, mirrors, insecure: insecure ? [host] : [] }
    return yield* Effect.flatMap(RegistryClient, (client) =>
      client.manifest({ domain: "registry.example", path: "app" }, "1")
    ).pipe(
      Effect.provide(
        client({ config, certificates: (name) => Effect.succeed(name === host ? certificates : {}) })
      ),
      Effect.either
    )
  })

describe(`TLS${note}`, () => {
  test("a certificate that nobody vouches for is refused, unless configuration says otherwise", () =>
    Effect.gen(function* () {
      const server = selfSigned(yield* temporaryDirectory, "server")
      const host = yield* secure(server, undefined)
      expect((yield* ask(host, {}, false))._tag).toBe("Left")
      expect((yield* ask(host, {}, true))._tag).toBe("Right")
      expect((yield* ask(host, { ca: [server.cert] }, false))._tag).toBe("Right")
    }).pipe(Effect.scoped))

  test("our own certificate is shown where it is wanted", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const server = selfSigned(directory, "server")
      const ours = selfSigned(directory, "ours")
      const host = yield* secure(server, ours.cert)
      expect((yield* ask(host, { ca: [server.cert] }, false))._tag).toBe("Left")
      expect((yield* ask(host, { ca: [server.cert], certificate: ours }, false))._tag).toBe("Right")
    }).pipe(Effect.scoped))

  test("a proxy is asked for a tunnel, in which the registry proves itself", () =>
    Effect.gen(function* () {
      const server = selfSigned(yield* temporaryDirectory, "server")
      const host = yield* secure(server, undefined)
      const { asked, port } = yield* TestProxy.start(host)
      const environment = { HTTPS_PROXY: `http://me:s3cret@127.0.0.1:${port}` }
      const through = (domain: string, insecure: ReadonlyArray<string>) =>
        Effect.flatMap(RegistryClient, (client) => client.manifest({ domain, path: "app" }, "1")).pipe(
          Effect.provide(client({ environment, config: { ...RegistriesConfig.empty, insecure } })),
          Effect.either
        )
      // The tunnel's end has a certificate that nobody vouches for.
      const doubted = yield* through("secure.test", [])
      expect(doubted._tag === "Left" && doubted.left.message).toContain("tls: failed to verify certificate")
      expect(asked).toEqual([`CONNECT secure.test:443 Basic ${Buffer.from("me:s3cret").toString("base64")}`])
      expect((yield* through("secure.test", ["secure.test"]))._tag).toBe("Right")
      const refused = yield* through("forbidden.test", [])
      expect(refused._tag === "Left" && refused.left.message).toContain(
        `proxyconnect 127.0.0.1:${port}: the proxy answered 403`
      )
    }).pipe(Effect.scoped))

  test("a registry on the loopback that speaks TLS is found to do so", () =>
    Effect.gen(function* () {
      const host = yield* secure(selfSigned(yield* temporaryDirectory, "server"), undefined)
      const received = yield* Effect.flatMap(RegistryClient, (client) =>
        client.manifest({ domain: host, path: "app" }, "1")
      ).pipe(Effect.provide(client()))
      expect(received._tag).toBe("Image")
    }).pipe(Effect.scoped))
})

describe("RegistryFiles", () => {
  it.scoped("reads certs.d and registries.json, and says where they are wrong", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const certs = path.join(directory, "certs.d", "a.example:5000")
      fs.mkdirSync(certs, { recursive: true })
      for (const [name, text] of [
        ["ca.crt", "CA"],
        ["me.cert", "CERT"],
        ["me.key", "KEY"]
      ] as const) {
        fs.writeFileSync(path.join(certs, name), text)
      }
      const certificates = RegistryFiles.certificates([directory])
      expect(yield* certificates("a.example:5000")).toEqual({
        ca: ["CA"],
        certificate: { cert: "CERT", key: "KEY" }
      })
      expect(yield* certificates("b.example")).toEqual({})
      fs.rmSync(path.join(certs, "me.key"))
      expect((yield* Effect.flip(certificates("a.example:5000"))).message).toMatch(/me\.key: missing$/)

      const file = path.join(directory, "registries.json")
      expect(yield* RegistryFiles.config([directory])).toEqual(RegistriesConfig.empty)
      fs.writeFileSync(
        file,
        JSON.stringify({
          "insecure-registries": ["10.0.0.0/8"],
          "registry-mirrors": ["https://mirror.example"],
          registries: { "b.example": { insecure: true }, "c.example": { blocked: true } }
        })
      )
      expect(yield* RegistryFiles.config([directory])).toEqual({
        insecure: ["10.0.0.0/8", "b.example"],
        blocked: ["c.example"],
        mirrors: { "docker.io": ["https://mirror.example"] }
      })
      fs.writeFileSync(file, '{"insecure-registry":[]}')
      const wrong = yield* Effect.flip(RegistryFiles.config([directory]))
      expect(wrong.message.startsWith(`${file}: insecure-registry: `)).toBe(true)
    })
  )
})
