import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as TransferDisplay from "../../src/cli/TransferDisplay.js"
import * as TransferLine from "../../src/cli/TransferLine.js"
import { lineText } from "../../src/core/display/Progress.js"
import * as Digest from "../../src/core/oci/Digest.js"
import { PullEvent } from "../../src/core/registry/PullEvent.js"
import { PushEvent } from "../../src/core/registry/PushEvent.js"
import { Terminal } from "../../src/edge/terminal/Terminal.js"

const layer = Digest.ofBytes("layer")
const id = Digest.short(layer)
const hello = { domain: "docker.io", path: "library/hello", tag: "1", digest: undefined }
const pulled = (event: PullEvent) => lineText(TransferLine.ofPull(event), 80)
const pushed = (event: PushEvent) => lineText(TransferLine.ofPush(event), 80)

/** Runs a display on a terminal that keeps what was written. */
const written = (
  isTerminal: boolean,
  use: (show: TransferDisplay.Show) => Effect.Effect<void>,
  style: TransferDisplay.Style = "auto"
) => {
  const texts: Array<string> = []
  const keep = (content: string | Uint8Array) => Effect.sync(() => void texts.push(String(content)))
  const terminal = Layer.succeed(Terminal, {
    out: keep,
    err: keep,
    outIsTerminal: isTerminal,
    errIsTerminal: isTerminal,
    inIsTerminal: isTerminal,
    columns: Effect.succeed(120),
    rows: Effect.succeed(24)
  })
  return Effect.flatMap(TransferDisplay.onOut(style), use).pipe(
    Effect.provide(terminal),
    Effect.map(() => texts)
  )
}
const downloading = (current_bytes: number) =>
  TransferLine.ofPull(PullEvent.LayerDownloading({ layer, current_bytes, total_bytes: 1000 }))

describe("TransferLine", () => {
  it("speaks of a pull in Docker's words", () => {
    expect(pulled(PullEvent.Began({ reference: hello }))).toBe("1: Pulling from library/hello")
    const byDigest = { ...hello, tag: undefined, digest: layer }
    expect(pulled(PullEvent.Began({ reference: byDigest }))).toBe(
      `docker.io/library/hello@${layer}: Pulling from library/hello`
    )
    expect(pulled(PullEvent.LayerQueued({ layer }))).toBe(`${id}: Pulling fs layer`)
    expect(pulled(PullEvent.LayerPresent({ layer }))).toBe(`${id}: Already exists`)
    expect(pulled(PullEvent.LayerDone({ layer }))).toBe(`${id}: Pull complete`)
    expect(pulled(PullEvent.Resolved({ digest: layer }))).toBe(`Digest: ${layer}`)
    expect(pulled(PullEvent.Done({ reference: hello, isNew: true }))).toBe(
      "Status: Downloaded newer image for hello:1"
    )
    expect(pulled(PullEvent.Done({ reference: hello, isNew: false }))).toBe(
      "Status: Image is up to date for hello:1"
    )
  })

  it("speaks of a push in Docker's words", () => {
    expect(pushed(PushEvent.Began({ reference: hello }))).toBe(
      "The push refers to repository [docker.io/library/hello]"
    )
    expect(pushed(PushEvent.LayerPresent({ layer }))).toBe(`${id}: Layer already exists`)
    expect(pushed(PushEvent.LayerMounted({ layer, from: "team/app" }))).toBe(`${id}: Mounted from team/app`)
    expect(pushed(PushEvent.Done({ reference: hello, digest: layer, size_bytes: 734 }))).toBe(
      `1: digest: ${layer} size: 734`
    )
  })
})

describe("TransferDisplay", () => {
  it.effect("elsewhere than on a terminal, how far something is stays unsaid", () =>
    Effect.gen(function* () {
      const texts = yield* written(false, (show) =>
        Effect.zipRight(show(downloading(500)), show(TransferLine.ofPull(PullEvent.LayerDone({ layer }))))
      )
      expect(texts).toEqual([`${id}: Pull complete\n`])
    })
  )

  it.effect("on a terminal a layer's line is drawn over, ten times a second at most", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      const texts = yield* written(true, (show) =>
        Effect.gen(function* () {
          yield* show(downloading(100))
          yield* show(downloading(200))
          yield* TestClock.adjust("100 millis")
          yield* show(downloading(500))
          yield* show(TransferLine.ofPull(PullEvent.LayerDone({ layer })))
        })
      )
      expect(texts).toHaveLength(3)
      expect(texts[1]).toContain("Downloading [=========================>")
      expect(texts[1]).toContain("500B/1kB  4kB/s")
      expect(texts[2]).toContain(`\u001b[1A\u001b[2K\r${id}: Pull complete`)
    })
  )

  it.effect("the style can be asked for, whatever standard output is", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      const use = (show: TransferDisplay.Show) =>
        Effect.zipRight(show(downloading(500)), show(TransferLine.ofPull(PullEvent.LayerDone({ layer }))))
      expect(yield* written(true, use, "quiet")).toEqual([])
      expect(yield* written(true, use, "plain")).toEqual([`${id}: Pull complete\n`])
      expect((yield* written(false, use, "tty")).join("")).toContain("Downloading [")
      const objects = (yield* written(true, use, "json")).map((text) => JSON.parse(text))
      expect(objects).toEqual([
        { status: "Downloading", progressDetail: { current: 500, total: 1000 }, id },
        { status: "Pull complete", progressDetail: {}, id }
      ])
    })
  )
})
