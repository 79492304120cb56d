import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { type BuildFailure, failure } from "../../engine/build/BuildRequest.js"
import { fields } from "./Assignments.js"

const readFile = (what: string, path: string): Effect.Effect<Uint8Array, BuildFailure> =>
  Effect.try({
    try: () => fs.readFileSync(path),
    catch: (cause) => failure(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  })

/** The contents that `--secret` names, by id. */
export const secrets = (
  texts: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, Uint8Array>, BuildFailure> =>
  Effect.map(
    Effect.forEach(texts, (text) => {
      const { id, src, source, env } = fields(text)
      const path = src ?? source
      const variable = env ?? (path === undefined ? id : undefined)
      const name = id ?? ""
      if (name === "") return failure(`invalid secret ${text}: id is missing`)
      const value = variable === undefined ? undefined : process.env[variable]
      if (value !== undefined) return Effect.succeed([name, Buffer.from(value)] as const)
      return Effect.map(
        readFile(`could not read secret ${name}`, path ?? name),
        (content) => [name, content] as const
      )
    }),
    (entries) => new Map(entries)
  )

/** The sockets of `--ssh ID=SOCKET`, by id. */
export const agents = (texts: ReadonlyArray<string>): ReadonlyMap<string, string> =>
  new Map(
    texts.flatMap((text) => {
      const [id = "default", socket = process.env["SSH_AUTH_SOCK"]] = text.split("=")
      return socket === undefined ? [] : [[id, socket] as const]
    })
  )
