import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { list } from "../../../src/core/display/Listing.js"

const images = {
  columns: "{{.Repository}}\t{{.ID}}",
  titles: { Repository: "REPOSITORY", ID: "IMAGE ID", Size: "SIZE" },
  type: "*formatter.imageContext"
}
const rows = [
  { Repository: "hello", ID: "bf756fb1ae65", Size: "13.3kB", Label: () => "" },
  { Repository: "a-rather-long-name", ID: "2aa0a11eee16", Size: "0B", Label: () => "" }
]
const listed = (format?: string) =>
  Either.match(list(images, rows, format), { onLeft: ({ message }) => message, onRight: (text) => text })

describe("a list", () => {
  it("is a table by default", () => {
    expect(listed()).toBe(
      "REPOSITORY           IMAGE ID\nhello                bf756fb1ae65\na-rather-long-name   2aa0a11eee16\n"
    )
    expect(listed("table")).toBe(listed())
  })
  it("has the columns that a table template asks for, titles untouched by functions", () => {
    expect(listed("table {{lower .ID}}\\t{{.Size}}")).toBe(
      "IMAGE ID       SIZE\nbf756fb1ae65   13.3kB\n2aa0a11eee16   0B\n"
    )
  })
  it("is JSON, a line each, keys sorted", () => {
    expect(listed("json").split("\n")[0]).toBe('{"ID":"bf756fb1ae65","Repository":"hello","Size":"13.3kB"}')
  })
  it("is any text", () => {
    expect(listed("{{.Repository}}:{{.Size}}")).toBe("hello:13.3kB\na-rather-long-name:0B\n")
  })
  it("says what is wrong with a template", () => {
    expect(listed("{{.Nope}}")).toBe(
      'failed to execute template: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *formatter.imageContext'
    )
    expect(listed("{{.Nope")).toBe("template parsing error: template: :1: unclosed action")
  })
})
