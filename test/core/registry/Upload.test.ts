import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as Upload from "../../../src/core/registry/Upload.js"

const digest = Digest.ofBytes("x")
const plan = (size: number, mountFrom: ReadonlyArray<string> = []) => ({
  path: "a/b",
  digest,
  size,
  mountFrom
})
const said = (status: number, more: Partial<Upload.Answer> = {}): Upload.Answer => ({
  status,
  location: undefined,
  received: undefined,
  chunkMin: undefined,
  ...more
})

/** What the network and the registry do with one exchange. */
type Fate = "fine" | "lost" | "unanswered" | "partly" | "busy" | "forgotten" | "large"
const fates = FastCheck.array(
  FastCheck.constantFrom<Fate>(
    "fine",
    "fine",
    "fine",
    "lost",
    "unanswered",
    "partly",
    "busy",
    "forgotten",
    "large"
  ),
  { maxLength: 12 }
)

/** A registry that keeps byte counts, and misbehaves as told, then behaves. */
class Model {
  have = false
  session: number | undefined
  sessions = 0
  readonly mountable: ReadonlySet<string>
  constructor(
    readonly size: number,
    mountable: ReadonlyArray<string>
  ) {
    this.mountable = new Set(mountable)
  }

  respond({ from, request, to }: Upload.Exchange): Upload.Answer {
    const { method, target } = request
    if (method === "HEAD") return said(this.have ? 200 : 404)
    if (method === "POST") {
      const source = /from=([^&]*)/.exec(target)?.[1]
      if (source !== undefined && this.mountable.has(decodeURIComponent(source))) {
        this.have = true
        return said(201)
      }
      this.session = 0
      this.sessions += 1
      return said(202, { location: `http://r/session/${this.sessions}` })
    }
    if (this.session === undefined || !target.startsWith(`http://r/session/${this.sessions}`))
      return said(404)
    if (method === "GET") return said(204, { received: this.session })
    if (from !== this.session) return said(416)
    this.session = to
    if (method === "PATCH") return said(202, { received: to })
    if (this.session !== this.size) return said(400)
    this.have = true
    this.session = undefined
    return said(201)
  }

  meet(upload: Upload.Upload, exchange: Upload.Exchange, fate: Fate): Upload.Upload {
    switch (fate) {
      case "fine":
        return Upload.answer(upload, this.respond(exchange))
      case "lost":
        return Upload.broken(upload, { _tag: "Broken" })
      case "unanswered":
        this.respond(exchange)
        return Upload.broken(upload, { _tag: "Broken" })
      case "partly":
        if (exchange.request.method === "PATCH" && this.session === exchange.from) {
          this.session += Math.floor((exchange.to - exchange.from) / 2)
        }
        return Upload.broken(upload, { _tag: "Broken" })
      case "busy":
        return Upload.broken(upload, { _tag: "Status", status: 503 })
      case "forgotten":
        this.session = undefined
        return Upload.answer(upload, this.respond(exchange))
      case "large":
        return exchange.to - exchange.from > 1024
          ? Upload.answer(upload, said(413))
          : Upload.answer(upload, this.respond(exchange))
    }
  }
}

const play = (model: Model, mountFrom: ReadonlyArray<string>, fates: ReadonlyArray<Fate>) => {
  let upload = Upload.make(plan(model.size, mountFrom))
  const asked: Array<string> = []
  for (let i = 0; i < 500; i++) {
    const exchange = Upload.next(upload)
    if (exchange === undefined) return { step: upload.step, asked }
    asked.push(exchange.request.method)
    upload = model.meet(upload, exchange, fates[i] ?? "fine")
  }
  throw new Error("the dialogue does not end")
}

describe("Upload", () => {
  const sizes = FastCheck.oneof(
    FastCheck.integer({ min: 0, max: 100 }),
    FastCheck.integer({ min: 60_000, max: 40_000_000 })
  )

  it.prop("ends, and done means that the registry has all of it", [sizes, fates], ([size, fates]) => {
    const model = new Model(size, [])
    const { step } = play(model, ["c/d"], fates)
    if (step._tag === "Done") expect(model.have).toBe(true)
    else expect(step._tag).toBe("Failed")
  })

  it.prop("fewer than five failures in all are survived", [sizes, fates], ([size, fates]) => {
    const few = fates.slice(0, 4)
    expect(play(new Model(size, []), [], few).step._tag).toBe("Done")
  })

  it("takes one request when the blob is there", () => {
    const model = new Model(5, [])
    model.have = true
    expect(play(model, ["c/d"], [])).toEqual({
      step: Upload.Step.Done({ how: Upload.Outcome.Present() }),
      asked: ["HEAD"]
    })
  })

  it("mounts from the first repository that shares it", () => {
    expect(play(new Model(5, ["e/f"]), ["c/d", "e/f"], [])).toEqual({
      step: Upload.Step.Done({ how: Upload.Outcome.Mounted({ from: "e/f" }) }),
      asked: ["HEAD", "POST", "POST"]
    })
  })

  it("uses the session that a refused mount opened", () => {
    expect(play(new Model(5, []), ["c/d"], []).asked).toEqual(["HEAD", "POST", "PUT"])
  })

  it("sends a small blob with the request that ends the session, a large one before", () => {
    expect(play(new Model(100, []), [], []).asked).toEqual(["HEAD", "POST", "PUT"])
    expect(play(new Model(1_000_000, []), [], []).asked).toEqual(["HEAD", "POST", "PATCH", "PUT"])
  })

  it("goes on where a broken upload broke", () => {
    expect(play(new Model(1_000_000, []), [], ["fine", "fine", "partly"]).asked).toEqual([
      "HEAD",
      "POST",
      "PATCH",
      "GET",
      "PATCH",
      "PUT"
    ])
  })

  it("looks for the blob when the end got no answer", () => {
    expect(play(new Model(100, []), [], ["fine", "fine", "unanswered"]).asked).toEqual([
      "HEAD",
      "POST",
      "PUT",
      "HEAD"
    ])
  })

  it("sends pieces after a large body was refused", () => {
    const size = Upload.chunkSize * 2 + 1
    expect(play(new Model(size, []), [], ["fine", "fine", "large"]).asked).toEqual([
      "HEAD",
      "POST",
      "PATCH",
      "GET",
      "PATCH",
      "PATCH",
      "PATCH",
      "PUT"
    ])
  })

  it("does not believe a registry that claims more than it was sent", () => {
    const sending: Upload.Upload = {
      ...Upload.make(plan(1_000_000)),
      step: Upload.Step.Send({ location: "http://r/session/1", offset: 0 })
    }
    expect(Upload.answer(sending, said(202, { received: 1_000_001 })).step).toMatchObject({
      _tag: "Failed",
      failure: { _tag: "Protocol" }
    })
  })

  it("reads distribution's Range", () => {
    expect(Upload.received("0-1023")).toBe(1024)
    expect(Upload.received("bytes=0-9")).toBe(10)
    expect(Upload.received("0-0")).toBe(0)
    expect(Upload.received("5-9")).toBeUndefined()
  })
})
