import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as RegistriesConfig from "../../../src/core/registry/RegistriesConfig.js"
import { IdentityToken, Password } from "../../../src/edge/registry/Credentials.js"
import { type BlobSource, RegistryClient } from "../../../src/edge/registry/RegistryClient.js"
import { Fault } from "../../support/registry/Fault.js"
import * as Registry from "../../support/registry/Registry.js"
import { Auth } from "../../support/registry/RegistryAuth.js"
import * as TestImage from "../../support/registry/TestImage.js"
import { client } from "./client.js"

const password = Password({ username: "me", password: Redacted.make("hunter2") })
const basic = Auth.Basic({ username: "me", password: "hunter2" })
const tokens = Auth.Token({
  username: "me",
  password: "hunter2",
  identityToken: "refresh-me",
  anonymousPull: true
})

const noise = (size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  for (let i = 0, x = 1; i < size; i++) {
    x = (x * 1103515245 + 12345) & 0x7fffffff
    bytes[i] = x >> 16
  }
  return bytes
}
const blobs = noise(300_000)
const small = TestImage.image([TestImage.plain(noise(2000))])

const source = (bytes: Buffer): BlobSource<never> => ({
  digest: Digest.ofBytes(bytes),
  size: bytes.length,
  open: (offset) =>
    Stream.range(0, Math.ceil((bytes.length - offset) / 10_000) - 1).pipe(
      Stream.map((i) =>
        bytes.subarray(offset + i * 10_000, Math.min(bytes.length, offset + (i + 1) * 10_000))
      )
    )
})
const at = (registry: Registry.Registry, path = "team/app") => ({ domain: registry.host, path })
const collect = <E>(stream: Stream.Stream<Uint8Array, E>) =>
  Effect.map(Stream.runCollect(stream), (chunks) => Buffer.concat([...chunks]))
const reasonOf = <A, E extends { readonly reason: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)
const quiet = () => Effect.void

/** A registry that has the blob `blobs`, and a client. */
const withBlob = Effect.gen(function* () {
  const registry = yield* Registry.start()
  const digest = registry.content.putBlob("team/app", blobs)
  return { registry, descriptor: { digest, size: blobs.length }, client: yield* RegistryClient }
})

describe("manifests", () => {
  it.scoped("come by tag and by digest, with their bytes", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      TestImage.put(registry, "team/app", "1", small)
      const client = yield* RegistryClient
      const received = yield* client.manifest(at(registry), "1")
      expect(Buffer.from(received.bytes)).toEqual(small.manifest)
      expect(yield* client.resolve(at(registry), small.digest)).toEqual({
        mediaType: MediaType.OciManifest,
        digest: small.digest,
        size: small.manifest.length
      })
      expect((yield* client.manifest(at(registry), small.digest)).digest).toBe(small.digest)
    }).pipe(Effect.provide(client()))
  )

  it.scoped("that are not there are told in Docker's words", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      TestImage.put(registry, "team/app", "1", small)
      const client = yield* RegistryClient
      const error = yield* Effect.flip(client.manifest(at(registry), "2"))
      expect(error.message).toBe(
        `manifest for ${registry.host}/team/app:2 not found: manifest unknown: manifest unknown`
      )
      const unknown = yield* Effect.flip(client.resolve(at(registry, "nosuch"), "1"))
      expect(unknown.message).toBe(
        `repository ${registry.host}/nosuch not found: name unknown: repository name not known to registry`
      )
    }).pipe(Effect.provide(client()))
  )

  const lies: ReadonlyArray<readonly [string, Fault, string]> = [
    ["other bytes", Fault.Corrupt(), "Digest"],
    ["another media type", Fault.Relabel({ headers: { "content-type": MediaType.OciIndex } }), "Manifest"],
    [
      "another digest",
      Fault.Relabel({ headers: { "docker-content-digest": Digest.ofBytes("evil") } }),
      "Digest"
    ],
    ["more than a manifest may have", Fault.Resize({ size: 4 * 1024 * 1024 + 1 }), "Size"],
    [
      "a loop of redirects",
      Fault.Redirect({ status: 307, location: "/v2/team/app/manifests/1" }),
      "Redirect"
    ],
    ["a redirect out of HTTP", Fault.Redirect({ status: 307, location: "file:///etc/passwd" }), "Redirect"]
  ]
  for (const [what, fault, reason] of lies) {
    it.scoped(`${what}: a typed error`, () =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        TestImage.put(registry, "team/app", "1", small)
        registry.lie("GET", /manifests/, fault, 99)
        const client = yield* RegistryClient
        expect(yield* reasonOf(client.manifest(at(registry), "1"))).toBe(reason)
      }).pipe(Effect.provide(client()))
    )
  }

  it.scoped("a digest that another manifest is given for is refused", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const wanted = Digest.ofBytes("wanted")
      registry.content.putManifest("team/app", wanted, MediaType.OciManifest, small.manifest)
      const client = yield* RegistryClient
      expect(yield* reasonOf(client.manifest(at(registry), wanted))).toBe("Digest")
      expect(yield* reasonOf(client.resolve(at(registry), wanted))).toBe("Digest")
    }).pipe(Effect.provide(client()))
  )

  it.live("come after busy answers, as late as the registry asks", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      TestImage.put(registry, "team/app", "1", small)
      registry.lie(
        "GET",
        /manifests/,
        Fault.Status({ status: 429, headers: { "retry-after": "0" }, body: "" }),
        2
      )
      registry.lie(
        "GET",
        /manifests/,
        Fault.Status({ status: 503, headers: { "retry-after": "0" }, body: "" }),
        1
      )
      const client = yield* RegistryClient
      expect((yield* client.manifest(at(registry), "1")).digest).toBe(small.digest)
      expect(registry.asked("GET", /manifests/)).toHaveLength(4)
    }).pipe(Effect.scoped, Effect.provide(client()))
  )

  it.live("a registry that asks for too much patience is told at once", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const headers = { "retry-after": "86400" }
      const body =
        '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}'
      registry.lie("GET", /manifests/, Fault.Status({ status: 429, headers, body }), 9)
      const client = yield* RegistryClient
      const error = yield* Effect.flip(client.manifest(at(registry), "1"))
      expect(error.reason).toBe("RateLimited")
      expect(error.message).toBe(
        `Get http://${registry.host}/v2/team/app/manifests/1: toomanyrequests: You have reached your pull rate limit.`
      )
    }).pipe(Effect.scoped, Effect.provide(client()))
  )

  it.scoped("nobody there: the connection's own words", () =>
    Effect.gen(function* () {
      const client = yield* RegistryClient
      const error = yield* Effect.flip(client.manifest({ domain: "127.0.0.1:1", path: "a" }, "1"))
      expect(error).toMatchObject({
        reason: "Connection",
        message:
          'Get "http://127.0.0.1:1/v2/a/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused'
      })
    }).pipe(Effect.provide(client()))
  )
})

describe("blobs", () => {
  it.scoped("come whole and from an offset", () =>
    Effect.gen(function* () {
      const { client, descriptor, registry } = yield* withBlob
      expect(Digest.ofBytes(yield* collect(client.blob(at(registry), descriptor, 0)))).toBe(
        Digest.ofBytes(blobs)
      )
      expect(Digest.ofBytes(yield* collect(client.blob(at(registry), descriptor, 1234)))).toBe(
        Digest.ofBytes(blobs.subarray(1234))
      )
      expect(Digest.ofBytes(yield* collect(client.blob(at(registry), descriptor, blobs.length)))).toBe(
        Digest.ofBytes(Buffer.alloc(0))
      )
      expect(yield* client.blobSize(at(registry), descriptor.digest)).toEqual(Option.some(blobs.length))
      expect(yield* client.blobSize(at(registry), Digest.ofBytes("none"))).toEqual(Option.none())
    }).pipe(Effect.provide(client()))
  )

  for (const after of [0, 1, 65_535, 65_536, 299_999]) {
    it.live(`a connection dropped after ${after} bytes is taken up there`, () =>
      Effect.gen(function* () {
        const { client, descriptor, registry } = yield* withBlob
        registry.lie("GET", /blobs/, Fault.Truncate({ after }))
        expect(Digest.ofBytes(yield* collect(client.blob(at(registry), descriptor, 0)))).toBe(
          Digest.ofBytes(blobs)
        )
        expect(registry.asked("GET", /blobs/).map(({ headers }) => headers.range)).toEqual([
          undefined,
          after === 0 ? undefined : `bytes=${after}-`
        ])
      }).pipe(Effect.scoped, Effect.provide(client()))
    )
  }

  it.live("a registry that does not know ranges sends the whole again", () =>
    Effect.gen(function* () {
      const { client, descriptor, registry } = yield* withBlob
      registry.lie("GET", /blobs/, Fault.Truncate({ after: 100_000 }))
      registry.lie("GET", /blobs/, Fault.IgnoreRange())
      expect(Digest.ofBytes(yield* collect(client.blob(at(registry), descriptor, 0)))).toBe(
        Digest.ofBytes(blobs)
      )
    }).pipe(Effect.scoped, Effect.provide(client()))
  )

  it.live("a stalled connection is given up and taken up again", () =>
    Effect.gen(function* () {
      const { client, descriptor, registry } = yield* withBlob
      registry.lie("GET", /blobs/, Fault.Stall({ after: 70_000 }))
      expect(Digest.ofBytes(yield* collect(client.blob(at(registry), descriptor, 0)))).toBe(
        Digest.ofBytes(blobs)
      )
      expect(registry.asked("GET", /blobs/)[1]?.headers.range).toBe("bytes=70000-")
    }).pipe(Effect.scoped, Effect.provide(client()))
  )

  it.live("a registry that drops every connection is given up", () =>
    Effect.gen(function* () {
      const { client, descriptor, registry } = yield* withBlob
      registry.lie("GET", /blobs/, Fault.Truncate({ after: 10 }), 99)
      const error = yield* Effect.flip(collect(client.blob(at(registry), descriptor, 0)))
      expect(error.reason).toBe("Connection")
      expect(error.message).toMatch(/^blob sha256:.*: .* after \d+ of 300000 bytes, too often$/)
    }).pipe(Effect.scoped, Effect.provide(client()))
  )

  for (const size of [100, 299_999, 300_001]) {
    it.scoped(`a registry that has ${size} bytes of 300000 is told so`, () =>
      Effect.gen(function* () {
        const { client, descriptor, registry } = yield* withBlob
        registry.lie("GET", /blobs/, Fault.Resize({ size }), 99)
        expect(yield* reasonOf(collect(client.blob(at(registry), descriptor, 0)))).toBe("Size")
      }).pipe(Effect.provide(client()))
    )
  }

  it.scoped("a small one is verified", () =>
    Effect.gen(function* () {
      const { client, descriptor, registry } = yield* withBlob
      registry.lie("GET", /blobs/, Fault.Corrupt())
      expect(yield* reasonOf(client.smallBlob(at(registry), descriptor))).toBe("Digest")
      expect(Digest.ofBytes(yield* client.smallBlob(at(registry), descriptor))).toBe(descriptor.digest)
      expect(yield* reasonOf(client.smallBlob(at(registry), { ...descriptor, size: 5_000_000 }))).toBe("Size")
    }).pipe(Effect.provide(client()))
  )
})

describe("authentication", () => {
  const secrets = (registry: Registry.Registry) =>
    registry.requests.map(({ headers }) => headers.authorization)

  it.scoped("a password answers a basic challenge, then goes along", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: basic })
      TestImage.put(registry, "team/app", "1", small)
      const client = yield* RegistryClient
      yield* client.manifest(at(registry), "1")
      yield* client.manifest(at(registry), "1")
      const encoded = `Basic ${Buffer.from("me:hunter2").toString("base64")}`
      expect(secrets(registry).slice(-3)).toEqual([undefined, encoded, encoded])
    }).pipe(Effect.provide(client({ credential: password })))
  )

  it.scoped("without a password the way on is to log in", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: basic })
      const client = yield* RegistryClient
      const error = yield* Effect.flip(client.manifest(at(registry), "1"))
      expect(error).toMatchObject({
        reason: "Unauthorized",
        message: `pull access denied for ${registry.host}/team/app, repository does not exist or may require 'kasane login ${registry.host}': unauthorized: authentication required`
      })
    }).pipe(Effect.provide(client()))
  )

  it.scoped("a token is fetched once for each repository and action, with the exact scope", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: tokens })
      TestImage.put(registry, "team/app", "1", small)
      const client = yield* RegistryClient
      const config = TestImage.descriptorOf(small.config, "")
      yield* client.manifest(at(registry), "1")
      yield* client.smallBlob(at(registry), config)
      yield* client.manifest(at(registry), small.digest)
      expect(registry.auth.asked).toEqual(["repository:team/app:pull"])
      registry.auth.expire()
      yield* client.manifest(at(registry), "1")
      expect(registry.auth.asked).toHaveLength(2)
    }).pipe(Effect.provide(client()))
  )

  it.scoped("an identity token is exchanged without a password", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: { ...tokens, anonymousPull: false } })
      TestImage.put(registry, "team/app", "1", small)
      const client = yield* RegistryClient
      yield* client.manifest(at(registry), "1")
      expect(registry.asked("POST", /^\/token/)).toHaveLength(1)
    }).pipe(
      Effect.provide(
        client({ credential: IdentityToken({ username: "me", token: Redacted.make("refresh-me") }) })
      )
    )
  )

  it.scoped("challenges without end are a typed error", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: tokens })
      const headers = { "www-authenticate": `Bearer realm="http://${registry.host}/token",service="test"` }
      registry.lie("GET", /manifests/, Fault.Status({ status: 401, headers, body: "" }), 99)
      const client = yield* RegistryClient
      expect(yield* reasonOf(client.manifest(at(registry), "1"))).toBe("Unauthorized")
      expect(registry.asked("GET", /manifests/).length).toBeLessThanOrEqual(2)
    }).pipe(Effect.provide(client()))
  )

  it.scoped("a realm that is no place for a password gets none", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const client = yield* RegistryClient
      for (const realm of ["ftp://evil.example/", "http://u:p@evil.example/", "nonsense"]) {
        const headers = { "www-authenticate": `Bearer realm="${realm}"` }
        registry.lie("GET", /manifests/, Fault.Status({ status: 401, headers, body: "" }))
        expect(yield* reasonOf(client.manifest(at(registry), "1"))).toBe("Redirect")
      }
    }).pipe(Effect.provide(client({ credential: password })))
  )

  it.scoped("a public registry's token server, and its redirects, are not sought at private addresses", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const port = registry.host.replace(/^.*:/, "")
      const domain = `registry.test:${port}`
      const addresses: Readonly<Record<string, string>> = {
        "registry.test": "127.0.0.1",
        "elsewhere.test": "127.0.0.1",
        "inner.test": "127.0.0.2"
      }
      const options = {
        credential: password,
        config: { ...RegistriesConfig.empty, insecure: [domain] },
        lookup: async (name: string) => [{ address: addresses[name] ?? "", family: 4 }],
        isPrivate: (address: string) => address === "127.0.0.2"
      }
      const digest = registry.content.putBlob("app", blobs)
      yield* Effect.gen(function* () {
        const client = yield* RegistryClient
        const headers = { "www-authenticate": `Bearer realm="http://inner.test:${port}/token"` }
        registry.lie("GET", /manifests/, Fault.Status({ status: 401, headers, body: "" }))
        const refused = yield* Effect.flip(client.manifest({ domain, path: "app" }, "1"))
        expect(refused.reason).toBe("Redirect")
        expect(refused.message).toContain(
          "inner.test leads to 127.0.0.2, a private address, while the registry is not at one"
        )
        const blob = client.blob({ domain, path: "app" }, { digest, size: blobs.length }, 0)
        const to = (name: string) =>
          registry.lie(
            "GET",
            /registry|blobs/,
            Fault.Redirect({ status: 307, location: `http://${name}:${port}/v2/app/blobs/${digest}` })
          )
        to("inner.test")
        expect(yield* reasonOf(collect(blob))).toBe("Redirect")
        to("elsewhere.test")
        expect(Digest.ofBytes(yield* collect(blob))).toBe(digest)
      }).pipe(Effect.provide(client(options)))
      // The same places are sought where the registry is private itself.
      yield* Effect.gen(function* () {
        const headers = { "www-authenticate": `Bearer realm="http://elsewhere.test:${port}/token"` }
        registry.lie("GET", /manifests/, Fault.Status({ status: 401, headers, body: "" }))
        const answered = yield* Effect.flip(
          Effect.flatMap(RegistryClient, (client) => client.manifest({ domain, path: "app" }, "1"))
        )
        expect(answered.reason).not.toBe("Redirect")
      }).pipe(Effect.provide(client({ ...options, isPrivate: () => true })))
    })
  )

  it.scoped("no credential follows a redirect to another origin", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: basic })
      const cdn = yield* Registry.start()
      const digest = registry.content.putBlob("team/app", blobs)
      cdn.content.putBlob("team/app", blobs)
      const location = `http://${cdn.host}/v2/team/app/blobs/${digest}?signature=s3cret`
      registry.lie("GET", /blobs/, Fault.Redirect({ status: 307, location }), 2)
      const client = yield* RegistryClient
      expect(
        Digest.ofBytes(yield* collect(client.blob(at(registry), { digest, size: blobs.length }, 0)))
      ).toBe(Digest.ofBytes(blobs))
      expect(secrets(registry).at(-1)).toMatch(/^Basic/)
      expect(secrets(cdn)).toEqual([undefined])
    }).pipe(Effect.provide(client({ credential: password })))
  )

  it.scoped("no error holds a secret", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: basic })
      const location = "http://127.0.0.1:1/blob?signature=s3cret"
      registry.lie("GET", /blobs/, Fault.Redirect({ status: 307, location }), 9)
      const client = yield* RegistryClient
      const errors = [
        yield* Effect.flip(collect(client.blob(at(registry), { digest: Digest.ofBytes("x"), size: 1 }, 0))),
        yield* Effect.flip(client.manifest(at(registry), "nosuch"))
      ]
      for (const error of errors) {
        const text = `${error.message} ${JSON.stringify(error)}`
        expect(text).not.toContain("s3cret")
        expect(text).not.toContain("hunter2")
        expect(text).not.toContain(Buffer.from("me:hunter2").toString("base64"))
      }
    }).pipe(Effect.provide(client({ credential: password })))
  )

  it.scoped("login checks the password, and keeps the identity token that it is given", () =>
    Effect.gen(function* () {
      const withTokens = yield* Registry.start({ auth: tokens })
      const withPassword = yield* Registry.start({ auth: basic })
      const open = yield* Registry.start()
      const client = yield* RegistryClient
      const wrong = Password({ username: "me", password: Redacted.make("wrong") })
      expect(yield* client.login(withTokens.host, password)).toEqual(Option.some("refresh-me"))
      expect(yield* client.login(withPassword.host, password)).toEqual(Option.none())
      expect(yield* client.login(open.host, password)).toEqual(Option.none())
      expect((yield* Effect.flip(client.login(withTokens.host, wrong))).message).toMatch(
        /^login attempt to .* failed with status: 401 Unauthorized: unauthorized: incorrect username or password$/
      )
      expect(yield* reasonOf(client.login(withPassword.host, wrong))).toBe("Unauthorized")
    }).pipe(Effect.provide(client()))
  )
})

describe("uploads", () => {
  const uploaded = (registry: Registry.Registry) =>
    registry.content.blobsOf("team/app").get(Digest.ofBytes(blobs))

  it.scoped("reach the repository, once", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: tokens })
      const client = yield* RegistryClient
      const progress: Array<number> = []
      const note = (bytes: number) => Effect.sync(() => progress.push(bytes)).pipe(Effect.asVoid)
      expect(yield* client.pushBlob(at(registry), source(blobs), [], note)).toEqual({ _tag: "Uploaded" })
      expect(uploaded(registry)?.equals(blobs)).toBe(true)
      expect(progress.at(-1)).toBe(blobs.length)
      expect(yield* client.pushBlob(at(registry), source(blobs), [], quiet)).toEqual({ _tag: "Present" })
      expect(
        yield* client.pushBlob(at(registry, "team/other"), source(blobs), ["none", "team/app"], quiet)
      ).toEqual({
        _tag: "Mounted",
        from: "team/app"
      })
    }).pipe(Effect.provide(client({ credential: password })))
  )

  const faults: ReadonlyArray<readonly [string, string, RegExp, Fault]> = [
    ["the look gets no answer", "HEAD", /blobs/, Fault.Drop()],
    ["the start gets no answer", "POST", /uploads/, Fault.Swallow()],
    ["the body breaks off", "PATCH", /uploads/, Fault.DropUpload({ after: 123_456 })],
    ["the body breaks off at once", "PATCH", /uploads/, Fault.DropUpload({ after: 0 })],
    ["the body's answer is lost", "PATCH", /uploads/, Fault.Swallow()],
    ["the registry is busy", "PATCH", /uploads/, Fault.Status({ status: 503, headers: {}, body: "" })],
    ["the end gets no answer", "PUT", /uploads/, Fault.Swallow()],
    ["the end is lost", "PUT", /uploads/, Fault.Drop()]
  ]
  for (const [what, method, path, fault] of faults) {
    it.live(`succeed when ${what}`, () =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        registry.lie(method, path, fault)
        const client = yield* RegistryClient
        const outcome = yield* client.pushBlob(at(registry), source(blobs), [], quiet)
        expect(outcome._tag).toBe("Uploaded")
        expect(uploaded(registry)?.equals(blobs)).toBe(true)
      }).pipe(Effect.scoped, Effect.provide(client()))
    )
  }

  it.live("go on from the byte where the connection broke", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      registry.lie("PATCH", /uploads/, Fault.DropUpload({ after: 200_000 }))
      const client = yield* RegistryClient
      yield* client.pushBlob(at(registry), source(blobs), [], quiet)
      expect(registry.asked("PATCH", /uploads/)[1]?.headers["content-range"]).toBe("200000-299999")
    }).pipe(Effect.scoped, Effect.provide(client()))
  )

  it.scoped("of an unknown length are named at their end", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const client = yield* RegistryClient
      const { digest, open, size } = source(blobs)
      expect(yield* client.pushStream(at(registry), () => open(0), quiet)).toEqual({ digest, size })
      expect(uploaded(registry)?.equals(blobs)).toBe(true)
    }).pipe(Effect.provide(client()))
  )

  it.live("of an unknown length start again when they break", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      registry.lie("PATCH", /uploads/, Fault.DropUpload({ after: 100_000 }))
      const client = yield* RegistryClient
      const { digest, open, size } = source(blobs)
      expect(yield* client.pushStream(at(registry), () => open(0), quiet)).toEqual({ digest, size })
      expect(uploaded(registry)?.equals(blobs)).toBe(true)
    }).pipe(Effect.scoped, Effect.provide(client()))
  )

  it.scoped("fail with the source's own error", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const client = yield* RegistryClient
      const failing = { ...source(blobs), open: () => Stream.fail("disk" as const) }
      expect(yield* Effect.flip(client.pushBlob(at(registry), failing, [], quiet))).toBe("disk")
    }).pipe(Effect.provide(client()))
  )

  it.scoped("that are not allowed say so", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ auth: tokens })
      const client = yield* RegistryClient
      const error = yield* Effect.flip(client.pushBlob(at(registry), source(blobs), [], quiet))
      expect(error.message).toBe(
        `push access denied for ${registry.host}/team/app: denied: requested access to the resource is denied`
      )
    }).pipe(Effect.provide(client()))
  )
})

describe("listings", () => {
  it.scoped("tags and repositories, page by page", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ pageSize: 2 })
      for (const tag of ["a", "b", "c", "d", "e"]) TestImage.put(registry, "team/app", tag, small)
      TestImage.put(registry, "x", "1", small)
      const client = yield* RegistryClient
      const list = <E>(stream: Stream.Stream<string, E>) =>
        Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)
      expect(yield* list(client.tags(at(registry)))).toEqual(["a", "b", "c", "d", "e"])
      expect(yield* list(client.catalog(registry.host))).toEqual(["team/app", "x"])
      expect(yield* reasonOf(list(client.tags(at(registry, "nosuch"))))).toBe("NotFound")
    }).pipe(Effect.provide(client()))
  )

  it.scoped("a list that leads back to itself ends with an error", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start({ pageSize: 2 })
      for (const tag of ["a", "b", "c"]) TestImage.put(registry, "team/app", tag, small)
      const headers = { link: '</v2/team/app/tags/list>; rel="next"' }
      registry.lie("GET", /tags/, Fault.Relabel({ headers }), 99)
      const client = yield* RegistryClient
      expect(yield* reasonOf(Stream.runDrain(client.tags(at(registry))))).toBe("Protocol")
    }).pipe(Effect.provide(client()))
  )

  for (const referrersApi of [true, false]) {
    it.scoped(`referrers from the ${referrersApi ? "API" : "fallback tag"}`, () =>
      Effect.gen(function* () {
        const registry = yield* Registry.start({ referrersApi })
        TestImage.put(registry, "team/app", "1", small)
        const signature = Buffer.from(
          JSON.stringify({
            ...JSON.parse(small.manifest.toString()),
            artifactType: "a/sig",
            subject: small.descriptor
          })
        )
        const digest = registry.content.putManifest("team/app", "sig", MediaType.OciManifest, signature)
        const entry = {
          mediaType: MediaType.OciManifest,
          digest,
          size: signature.length,
          artifactType: "a/sig"
        }
        if (!referrersApi) {
          const index = { schemaVersion: 2, mediaType: MediaType.OciIndex, manifests: [entry] }
          const tag = small.digest.replace(":", "-")
          registry.content.putManifest(
            "team/app",
            tag,
            MediaType.OciIndex,
            Buffer.from(JSON.stringify(index))
          )
        }
        const client = yield* RegistryClient
        const all = yield* client.referrers(at(registry), small.digest, Option.none())
        expect(all.manifests).toEqual([entry])
        expect((yield* client.referrers(at(registry), small.digest, Option.some("x"))).manifests).toEqual([])
        expect((yield* client.referrers(at(registry), digest, Option.none())).manifests).toEqual([])
      }).pipe(Effect.provide(client()))
    )
  }

  it.scoped("what is deleted is gone", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      TestImage.put(registry, "team/app", "1", small)
      const client = yield* RegistryClient
      yield* client.deleteManifest(at(registry), "1")
      expect(yield* reasonOf(client.manifest(at(registry), "1"))).toBe("NotFound")
      yield* client.deleteBlob(at(registry), Digest.ofBytes(small.config))
      expect(registry.content.blobsOf("team/app").has(Digest.ofBytes(small.config))).toBe(false)
    }).pipe(Effect.provide(client()))
  )
})

describe("connections", () => {
  it.live("are free again after answers that nobody reads", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const digest = registry.content.putBlob("team/app", blobs)
      const client = yield* RegistryClient
      // More than there are connections to one host: a leak would wait for the idle limit.
      yield* Effect.forEach(
        Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? digest : Digest.ofBytes(`${i}`))),
        (blob) => client.blobSize(at(registry), blob),
        { concurrency: 5 }
      ).pipe(Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => new Error("a connection leaks") }))
      expect(registry.asked("HEAD", /blobs/)).toHaveLength(60)
    }).pipe(Effect.scoped, Effect.provide(client({ idleMillis: 600_000 })))
  )
})

describe("mirrors", () => {
  it.live("are asked first, and what they cannot give comes from the registry itself", () =>
    Effect.gen(function* () {
      const registry = yield* Registry.start()
      const mirror = yield* Registry.start()
      TestImage.put(registry, "team/app", "1", small)
      TestImage.put(mirror, "team/app", "1", small)
      mirror.lie("GET", /blobs/, Fault.Truncate({ after: 10 }), 99)
      const config = { ...RegistriesConfig.empty, mirrors: { [registry.host]: [`http://${mirror.host}`] } }
      const [layer] = small.layers
      const descriptor = TestImage.descriptorOf(layer?.blob ?? Buffer.alloc(0), "")
      yield* Effect.gen(function* () {
        const client = yield* RegistryClient
        yield* client.manifest(at(registry), "1")
        expect(registry.asked("GET", /manifests/)).toEqual([])
        expect(Digest.ofBytes(yield* collect(client.blob(at(registry), descriptor, 0)))).toBe(
          Digest.ofBytes(layer?.blob ?? "")
        )
      }).pipe(Effect.provide(client({ config })))
    }).pipe(Effect.scoped)
  )
})
