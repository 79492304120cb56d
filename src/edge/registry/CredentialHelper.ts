import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Account } from "../../core/registry/DockerConfig.js"
import { CredentialsError } from "./Credentials.js"

const Answer = Schema.parseJson(
  Schema.Struct({
    Username: Schema.optionalWith(Schema.String, { default: () => "" }),
    Secret: Schema.optionalWith(Schema.String, { default: () => "" })
  })
)
const decode = Schema.decodeUnknownEither(Answer)

/** The user name by which helpers mark an identity token. Source: docker-credential-helpers, README. */
const tokenUser = "<token>"

const notFound = /credentials not found/i

/** What a helper prints is read up to this many bytes. */
const outputMax = 1024 * 1024

const name = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

interface Finished {
  readonly code: number | null
  readonly output: string
}

/** Runs `docker-credential-NAME VERB` with `input` on its stdin. It inherits nothing but the environment and stderr. */
const run = (helper: string, verb: string, input: string): Effect.Effect<Finished, CredentialsError> => {
  const program = `docker-credential-${helper}`
  if (!name.test(helper)) {
    const message = `credential helper ${JSON.stringify(helper)} is no valid program name`
    return Effect.fail(new CredentialsError({ reason: "BadConfig", message }))
  }
  return Effect.flatMap(
    Effect.promise(() => import("node:child_process")),
    ({ spawn }) =>
      Effect.async<Finished, CredentialsError>((resume) => {
        const child = spawn(program, [verb], { stdio: ["pipe", "pipe", "inherit"] })
        let output = ""
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          if (output.length < outputMax) output += text
        })
        child.stdin.on("error", () => {})
        child.stdin.end(input)
        child.once("error", (cause: NodeJS.ErrnoException) => {
          const isMissing = cause.code === "ENOENT"
          const message = isMissing
            ? `credential helper: exec: "${program}": executable file not found in $PATH: install it, or take it out of Docker's config.json`
            : `credential helper ${program}: ${cause.message}`
          resume(
            Effect.fail(
              new CredentialsError({ reason: isMissing ? "HelperMissing" : "HelperFailed", message, cause })
            )
          )
        })
        child.once("close", (code) => resume(Effect.succeed({ code, output })))
        return Effect.sync(() => {
          child.kill()
        })
      })
  )
}

const failed = (helper: string, verb: string, output: string) => {
  const said = output.replace(/\p{Cc}+/gu, " ").trim()
  const message = `credential helper docker-credential-${helper} ${verb} failed: ${said}`
  return new CredentialsError({ reason: "HelperFailed", message })
}

/** The account that a helper keeps for a key, if it does. */
export const get = (helper: string, key: string): Effect.Effect<Option.Option<Account>, CredentialsError> =>
  Effect.flatMap(run(helper, "get", key), ({ code, output }) => {
    if (code !== 0) {
      return notFound.test(output) ? Effect.succeedNone : Effect.fail(failed(helper, "get", output))
    }
    const answer = decode(output)
    // What it printed may hold the secret: it is not shown.
    if (Either.isLeft(answer))
      return Effect.fail(failed(helper, "get", "its answer is not the JSON it should be"))
    const { Secret: secret, Username: username } = answer.right
    if (username === "" && secret === "") return Effect.succeedNone
    const isIdentityToken = username === tokenUser
    return Effect.succeedSome({ username: isIdentityToken ? "" : username, secret, isIdentityToken })
  })

export const put = (helper: string, key: string, account: Account): Effect.Effect<void, CredentialsError> => {
  const document = {
    ServerURL: key,
    Username: account.isIdentityToken ? tokenUser : account.username,
    Secret: account.secret
  }
  return Effect.flatMap(run(helper, "store", JSON.stringify(document)), ({ code, output }) =>
    code === 0 ? Effect.void : Effect.fail(failed(helper, "store", output))
  )
}

/** Whether there was something to erase. */
export const remove = (helper: string, key: string): Effect.Effect<boolean, CredentialsError> =>
  Effect.flatMap(get(helper, key), (account) =>
    Option.isNone(account)
      ? Effect.succeed(false)
      : Effect.flatMap(run(helper, "erase", key), ({ code, output }) =>
          code === 0 ? Effect.succeed(true) : Effect.fail(failed(helper, "erase", output))
        )
  )
