import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Download from "../../../src/core/registry/Download.js"

const whole = (contentLength?: number) => ({ status: 200, contentLength, contentRange: undefined })
const part = (contentRange: string) => ({ status: 206, contentLength: undefined, contentRange })
const at = (size: number, offset: number) => Download.make(size, offset)

describe("Download", () => {
  it("skips what it has when a registry answers a range with the whole", () => {
    expect(Download.body(at(10, 4), whole(10))).toEqual(Download.Body.Read({ skip: 4 }))
    expect(Download.body(at(10, 4), part("bytes 4-9/10"))).toEqual(Download.Body.Read({ skip: 0 }))
    expect(Download.body(at(10, 4), part("bytes 4-9/*"))).toEqual(Download.Body.Read({ skip: 0 }))
  })

  it("tells a lie about the length before it reads", () => {
    expect(Download.body(at(10, 0), whole(11))).toMatchObject({ why: "Size" })
    expect(Download.body(at(10, 4), part("bytes 4-9/11"))).toMatchObject({ why: "Size" })
    expect(Download.body(at(10, 4), part("bytes 3-9/10"))).toMatchObject({ why: "Protocol" })
    expect(Download.body(at(10, 4), part(""))).toMatchObject({ why: "Protocol" })
    expect(Download.body(at(10, 0), { ...whole(), status: 404 })).toMatchObject({ why: "Status" })
  })

  it.prop(
    "ends, however the connections break",
    [FastCheck.nat(5_000_000), FastCheck.infiniteStream(FastCheck.nat(2_000_000))],
    ([size, pieces]) => {
      let download: Download.Download | undefined = at(size, 0)
      let connections = 0
      while (download !== undefined && !Download.isWhole(download)) {
        connections += 1
        const bytes = Math.min(pieces.next().value ?? 0, size - download.at)
        const advanced = Download.advanced(download, bytes)
        expect(advanced.at).toBeLessThanOrEqual(size)
        download = Download.isWhole(advanced) ? advanced : Download.broken(advanced)
      }
      expect(connections).toBeLessThanOrEqual(5 * (size / (1024 * 1024) + 1))
    }
  )

  it("gives up on a registry that drops every connection after a byte", () => {
    let download: Download.Download | undefined = at(1_000_000, 0)
    let connections = 0
    for (; download !== undefined; connections++) download = Download.broken(Download.advanced(download, 1))
    expect(connections).toBe(Download.failuresMax)
  })
})
