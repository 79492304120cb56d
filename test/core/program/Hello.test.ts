import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { executable } from "../../../src/core/program/Hello.js"

describe("hello", () => {
  it("is a small static executable that says its text and exits with 0", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-hello-"))
    try {
      const file = path.join(directory, "hello")
      fs.writeFileSync(file, executable("重ね\n", process.arch === "arm64" ? "arm64" : "amd64"), {
        mode: 0o755
      })
      expect(execFileSync(file, { encoding: "utf8" })).toBe("重ね\n")
      expect(fs.statSync(file).size).toBeLessThan(2048)
    } finally {
      fs.rmSync(directory, { recursive: true })
    }
  })
  it("is the same on every machine", () => {
    expect(Buffer.from(executable("x", "arm64")).equals(Buffer.from(executable("x", "arm64")))).toBe(true)
    expect(executable("x", "arm64")[18]).toBe(183)
    expect(executable("x", "amd64")[18]).toBe(62)
  })
})
