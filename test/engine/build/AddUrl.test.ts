import * as http from "node:http"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build, place, services, write } from "./building.js"

/** A server of one file that answers conditional requests, and what it was asked and said. */
const server = Effect.acquireRelease(
  Effect.async<{ url: string; content: string; log: Array<string>; close: () => void }>((resume) => {
    const state = { url: "", content: "one\n", log: [] as string[], close: () => {} }
    const listener = http.createServer((request, response) => {
      const etag = `"${state.content.length}-${state.content.charCodeAt(0)}"`
      const isSame = request.headers["if-none-match"] === etag
      state.log.push(isSame ? "304" : "200")
      response.writeHead(isSame ? 304 : 200, { etag, "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT" })
      response.end(isSame ? undefined : state.content)
    })
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address()
      state.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/file`
      state.close = () => {
        listener.closeAllConnections()
        listener.close()
      }
      resume(Effect.succeed(state))
    })
  }),
  ({ close }) => Effect.sync(close)
)

it.scoped("ADD of a URL asks whether the file is what it was, and downloads it only where it is needed", () =>
  Effect.gen(function* () {
    const root = yield* place
    const remote = yield* server
    const dockerfile = (more: string) => `FROM scratch\n${more}ADD ${remote.url} /f\n`
    yield* Effect.gen(function* () {
      write(`${root}/c`, { Dockerfile: dockerfile(""), here: "h" })
      const first = yield* build(`${root}/c`)
      const again = yield* build(`${root}/c`)
      expect(again.image).toBe(first.image)
      expect(remote.log).toEqual(["200", "304"])
      // Above something else the step runs: its file is needed after all.
      remote.log.length = 0
      write(`${root}/c`, { Dockerfile: dockerfile("COPY here /\n") })
      yield* build(`${root}/c`)
      expect(remote.log).toEqual(["304", "200"])
      remote.log.length = 0
      remote.content = "two\n"
      const changed = yield* build(`${root}/c`)
      expect(changed.text).toMatch(/Not in cache: .* changed /)
      expect(remote.log).toEqual(["200", "200"])
    }).pipe(Effect.provide(services(root)))
  })
)
