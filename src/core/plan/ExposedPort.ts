import * as Either from "effect/Either"

/** Why a port is none; the text is BuildKit's. */
export type PortProblem = string

const limit = 65535

const number = (text: string): Either.Either<number, PortProblem> => {
  if (!/^\d+$/.test(text)) return Either.left("invalid")
  const value = Number(text)
  return value <= limit ? Either.right(value) : Either.left("value out of range")
}

const range = (text: string): Either.Either<readonly [number, number], PortProblem> => {
  const dash = text.indexOf("-")
  const first = dash < 0 ? text : text.slice(0, dash)
  const last = dash < 0 ? text : text.slice(dash + 1)
  return Either.flatMap(Either.all([number(first), number(last)]), ([from, to]) =>
    to < from ? Either.left("invalid port range") : Either.right([from, to] as const)
  )
}

const isAddress = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || /^\[?[0-9a-fA-F:.]+\]?$/.test(text)

/**
 * The ports of one EXPOSE word: `80`, `80/udp`, `8000-8010`, and (for old files) `8080:80` and `127.0.0.1:8080:80`, of
 * which the last part counts. Gives `80/tcp`, one for each port of a range.
 */
export const parse = (word: string): Either.Either<ReadonlyArray<string>, PortProblem> => {
  const parts = word.split(":")
  const last = parts.at(-1) ?? ""
  const host = parts.length > 1 ? (parts.at(-2) ?? "") : ""
  const address = parts.slice(0, -2).join(":")
  const slash = last.indexOf("/")
  const port = slash < 0 ? last : last.slice(0, slash)
  const protocol = (slash < 0 ? "tcp" : last.slice(slash + 1) || "tcp").toLowerCase()
  if (port === "") return Either.left(`invalid port: "${word}": no port specified`)
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp")
    return Either.left(`invalid port: "${word}": invalid proto: ${last.slice(slash + 1)}`)
  if (address !== "" && !isAddress(address)) return Either.left(`invalid IP address: ${address}`)
  return Either.gen(function* () {
    const [from, to] = yield* Either.mapLeft(range(port), () => `invalid containerPort: ${port}`)
    if (host !== "") {
      const [hostFrom, hostTo] = yield* Either.mapLeft(range(host), () => `invalid hostPort: ${host}`)
      if (to - from !== hostTo - hostFrom && to !== from)
        return yield* Either.left(
          `invalid ranges specified for container and host Ports: ${port} and ${host}`
        )
    }
    return Array.from({ length: to - from + 1 }, (_, offset) => `${from + offset}/${protocol}`)
  })
}
