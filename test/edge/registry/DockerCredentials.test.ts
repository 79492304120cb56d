import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Credentials, IdentityToken, Password } from "../../../src/edge/registry/Credentials.js"
import * as DockerCredentials from "../../../src/edge/registry/DockerCredentials.js"

const directory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "kasane-credentials-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

/** A configuration file with this content, and the service that reads it. */
const withFile = <A, E>(
  content: unknown,
  use: (credentials: Credentials["Type"], file: string) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const file = path.join(yield* directory, "docker", "config.json")
    if (content !== undefined) {
      fs.mkdirSync(path.dirname(file))
      fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
    }
    return yield* Effect.flatMap(Credentials, (credentials) => use(credentials, file)).pipe(
      Effect.provide(DockerCredentials.layer({ file }))
    )
  })

const password = (username: string, secret: string) => Password({ username, password: Redacted.make(secret) })
const base64 = (text: string) => Buffer.from(text).toString("base64")
const revealed = (found: Option.Option<ReturnType<typeof password> | ReturnType<typeof IdentityToken>>) =>
  Option.match(found, {
    onNone: () => "none",
    onSome: (credential) =>
      credential._tag === "Password"
        ? `${credential.username}:${Redacted.value(credential.password)}`
        : `${credential.username}#${Redacted.value(credential.token)}`
  })

/** A helper program that keeps accounts in a file beside it, as docker-credential-NAME does in a keychain. */
const helper = (directory: string) => {
  const script = `#!/bin/sh
f=${directory}/kept
case $1 in
get) read -r url; [ -f $f ] && grep -qF "\\"$url\\"" $f && cat $f && exit 0; echo "credentials not found in native keychain"; exit 1;;
store) cat > $f;;
erase) rm -f $f;;
esac
`
  fs.writeFileSync(path.join(directory, "docker-credential-kept"), script, { mode: 0o755 })
}

describe("DockerCredentials", () => {
  it.scoped("finds accounts as docker and podman write them", () =>
    withFile(
      {
        auths: {
          "https://index.docker.io/v1/": { auth: base64("hub:a:b") },
          "localhost:5000": { auth: base64("me:secret") },
          "https://old.example/v2/": { username: "u", password: "p" },
          "token.example": { auth: base64("t:"), identitytoken: "long" },
          "empty.example": {}
        }
      },
      (credentials) =>
        Effect.gen(function* () {
          const get = (domain: string) => Effect.map(credentials.get(domain), revealed)
          expect(yield* get("docker.io")).toBe("hub:a:b")
          expect(yield* get("localhost:5000")).toBe("me:secret")
          expect(yield* get("old.example")).toBe("u:p")
          expect(yield* get("token.example")).toBe("t#long")
          expect(yield* get("empty.example")).toBe("none")
          expect(yield* get("localhost")).toBe("none")
        })
    )
  )

  it.scoped("keeps and forgets, and touches nothing else in the file", () =>
    withFile(
      { HttpHeaders: { a: "b" }, auths: { "other.example": { auth: base64("x:y") } } },
      (credentials, file) =>
        Effect.gen(function* () {
          expect(yield* credentials.put("docker.io", password("me", "s:1"))).toEqual({
            _tag: "Plain",
            path: file
          })
          expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual({
            HttpHeaders: { a: "b" },
            auths: {
              "other.example": { auth: base64("x:y") },
              "https://index.docker.io/v1/": { auth: base64("me:s:1") }
            }
          })
          expect(fs.statSync(file).mode & 0o777).toBe(0o600)
          expect(yield* Effect.map(credentials.get("docker.io"), revealed)).toBe("me:s:1")
          expect(yield* credentials.remove("docker.io")).toBe(true)
          expect(yield* credentials.remove("docker.io")).toBe(false)
          expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual({
            HttpHeaders: { a: "b" },
            auths: { "other.example": { auth: base64("x:y") } }
          })
        })
    )
  )

  it.scoped("makes the file when it is not there", () =>
    withFile(undefined, (credentials, file) =>
      Effect.gen(function* () {
        expect(yield* credentials.get("a.example")).toEqual(Option.none())
        yield* credentials.put("a.example", IdentityToken({ username: "me", token: Redacted.make("t") }))
        expect(JSON.parse(fs.readFileSync(file, "utf8")).auths["a.example"]).toEqual({
          auth: base64("me:"),
          identitytoken: "t"
        })
      })
    )
  )

  it.scoped("leaves it to the helpers that the file names", () =>
    Effect.gen(function* () {
      const bin = yield* directory
      helper(bin)
      const before = process.env["PATH"]
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          process.env["PATH"] = `${bin}:${before}`
        }),
        () =>
          Effect.sync(() => {
            process.env["PATH"] = before
          })
      )
      yield* withFile({ credHelpers: { "kept.example": "kept" } }, (credentials, file) =>
        Effect.gen(function* () {
          expect(yield* credentials.get("kept.example")).toEqual(Option.none())
          expect(yield* credentials.put("kept.example", password("me", "s"))).toEqual({
            _tag: "Helper",
            name: "kept"
          })
          expect(fs.readFileSync(file, "utf8")).not.toContain("auths")
          expect(yield* Effect.map(credentials.get("kept.example"), revealed)).toBe("me:s")
          expect(yield* credentials.remove("kept.example")).toBe(true)
          expect(yield* credentials.get("kept.example")).toEqual(Option.none())
        })
      )
    })
  )

  it.scoped("says what is wrong with the configuration", () =>
    Effect.gen(function* () {
      const reason = (content: unknown) =>
        withFile(content, (credentials) =>
          Effect.map(Effect.flip(credentials.get("a.example")), ({ reason }) => reason)
        )
      expect(yield* reason("{")).toBe("BadConfig")
      expect(yield* reason({ auths: 1 })).toBe("BadConfig")
      expect(yield* reason({ credsStore: "no-such-helper" })).toBe("HelperMissing")
      expect(yield* reason({ credsStore: "../evil" })).toBe("BadConfig")
    })
  )

  it("looks where the environment says", () => {
    expect(DockerCredentials.fileOf({}, "/home/me")).toBe("/home/me/.docker/config.json")
    expect(DockerCredentials.fileOf({ DOCKER_CONFIG: "/d" }, "/home/me")).toBe("/d/config.json")
    expect(DockerCredentials.fileOf({ DOCKER_CONFIG: "/d", REGISTRY_AUTH_FILE: "/a.json" }, "/h")).toBe(
      "/a.json"
    )
  })
})
