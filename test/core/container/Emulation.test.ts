import { describe, expect, it } from "vitest"
import * as Emulation from "../../../src/core/container/Emulation.js"

const host = { os: "linux", architecture: "amd64" }
const arm64 = { os: "linux", architecture: "arm64" }

/** As Debian's qemu-user-static registers it. */
const handler = (change: (text: string) => string = (text) => text): string =>
  change(
    [
      "enabled",
      "interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P",
      "flags: POCF",
      "offset 0",
      "magic 7f454c460201010000000000000000000200b700",
      "mask ffffffffffffff00fffffffffffffffffeffffff",
      ""
    ].join("\n")
  )

describe("commands of another platform", () => {
  it("run where the processor understands them", () => {
    expect(Emulation.of(host, host, [])).toBe("native")
    expect(Emulation.of(host, { os: "linux", architecture: "386" }, [])).toBe("native")
    expect(Emulation.of(arm64, { os: "linux", architecture: "arm", variant: "v7" }, [])).toBe("native")
  })

  it("run through an enabled handler whose program is open already", () => {
    expect(Emulation.of(host, arm64, [handler()])).toBe("emulated")
    expect(Emulation.of(host, { ...arm64, variant: "v8" }, [handler()])).toBe("emulated")
    expect(Emulation.of(host, arm64, [handler((text) => text.replace("POCF", "POC"))])).toBe("unfixed")
    expect(Emulation.of(host, arm64, [handler((text) => text.replace("enabled", "disabled"))])).toBe(
      "impossible"
    )
  })

  it("do not run through another processor's handler, a script's, or on another system", () => {
    expect(Emulation.of(host, { os: "linux", architecture: "s390x" }, [handler()])).toBe("impossible")
    const script = "enabled\ninterpreter /usr/bin/python3\nflags: \nextension .py\n"
    expect(Emulation.of(host, arm64, [script])).toBe("impossible")
    expect(Emulation.of(host, { os: "windows", architecture: "arm64" }, [handler()])).toBe("impossible")
  })

  it("of big-endian processors are told by big-endian headers", () => {
    const s390x = handler((text) =>
      text
        .replace(/magic .*/, "magic 7f454c4602020100000000000000000000020016")
        .replace(/mask .*/, "mask ffffffffffffff00fffffffffffffffffffeffff")
    )
    expect(Emulation.of(host, { os: "linux", architecture: "s390x" }, [s390x])).toBe("emulated")
  })
})
