import { describe, expect, it } from "vitest"
import * as SystemdUnit from "../../../src/core/display/SystemdUnit.js"

describe("the unit for systemd", () => {
  it("quotes what systemd would take apart, fill in or expand", () => {
    const text = SystemdUnit.text({ command: ["/usr/bin/node", '/my dir/50%/$x/a"b\\c'], manager: "user" })
    expect(text).toContain('ExecStart=/usr/bin/node "/my dir/50%%/$$x/a\\"b\\\\c"\n')
  })
  it("belongs to the system or to a user", () => {
    expect(SystemdUnit.text({ command: ["/k"], manager: "user" })).toMatch(/WantedBy=default.target\n$/)
    expect(SystemdUnit.text({ command: ["/k"], manager: "system" })).toMatch(/WantedBy=multi-user.target\n$/)
  })
})
