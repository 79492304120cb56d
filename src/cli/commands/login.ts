import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Credentials, type Kept, Password } from "../../edge/registry/Credentials.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { UserTerminal } from "../../edge/terminal/UserTerminal.js"
import * as Login from "../../engine/Login.js"
import * as Arity from "../Arity.js"
import * as Ask from "../Ask.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

const passwordMax = 64 * 1024

interface Given {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly passwordStdin: boolean
}

const refuse = (message: string) => Effect.fail({ message })

/** What is wrong with the flags, before anything is read. */
const check = ({ password, passwordStdin, username }: Given) => {
  if (passwordStdin && password !== undefined) {
    return refuse("--password and --password-stdin are mutually exclusive")
  }
  if (passwordStdin && !username) return refuse("Must provide --username with --password-stdin")
  return Effect.void
}

/** The user's name and password: from the flags, from standard input, or asked for. */
const given = (flags: Given) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { username, password } = flags
    if (password !== undefined && username) {
      yield* terminal.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n")
      return { username, password }
    }
    if (flags.passwordStdin && username) return { username, password: yield* Ask.all(passwordMax) }
    if (!(yield* UserTerminal).inIsTerminal) {
      return yield* refuse("Cannot perform an interactive login from a non TTY device")
    }
    const name = username || (yield* Ask.visibly("Username: "))
    if (name === "") return yield* refuse("username is required")
    const secret = password ?? (yield* Ask.secretly("Password: "))
    return secret === "" ? yield* refuse("password is required") : { username: name, password: secret }
  })

const warning = (kept: Kept): string =>
  kept._tag === "Helper"
    ? ""
    : `\nWARNING! Your credentials are stored unencrypted in '${kept.path}'.\n` +
      "Configure a credential helper to remove this warning. See\n" +
      "https://docs.docker.com/go/credential-store/\n\n"

export default command({
  needs: "login",
  usage: "[OPTIONS] [SERVER]",
  arity: Arity.atMost(1),
  flags: {
    password: Flag.text("password", { short: "p", help: "Password or Personal Access Token (PAT)" }),
    passwordStdin: Flag.toggle("password-stdin", {
      help: "Take the Password or Personal Access Token (PAT) from stdin"
    }),
    username: Flag.text("username", { short: "u", help: "Username" })
  },
  run: (flags, [server]) =>
    Effect.gen(function* () {
      yield* check(flags)
      const terminal = yield* Terminal
      const domain = Login.domainOf(server)
      const isBare = flags.username === undefined && flags.password === undefined && !flags.passwordStdin
      if (isBare) {
        const kept = yield* (yield* Credentials).get(domain)
        if (Option.isSome(kept)) {
          yield* terminal.out(
            `Authenticating with existing credentials... [Username: ${kept.value.username}]\n`
          )
          const again = yield* Effect.either(Login.login(domain, kept.value))
          if (again._tag === "Right") {
            yield* terminal.out("Login Succeeded\n")
            return 0
          }
          yield* terminal.err(`Login did not succeed, error: ${again.left.message}\n`)
        }
      }
      const { password, username } = yield* given(flags)
      const kept = yield* Login.login(domain, Password({ username, password: Redacted.make(password) }))
      yield* terminal.err(warning(kept))
      yield* terminal.out("Login Succeeded\n")
      return 0
    })
})
