import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { labelFields, labelTitles, list } from "../../../src/core/display/Listing.js"

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
  it("is JSON as Go writes it, which escapes what HTML would read", () => {
    const one = list(images, [{ Repository: "<none>", Ports: "1->2" }], "json")
    expect(Either.getOrThrow(one)).toBe('{"Ports":"1-\\u003e2","Repository":"\\u003cnone\\u003e"}\n')
  })
  it("knows labels, in order, each by its name, which is its column's title too", () => {
    const listing = { columns: "", titles: labelTitles, type: "t" }
    const labelled = (format: string) =>
      Either.getOrThrow(list(listing, [labelFields({ b: "2", "com.example.a-b": "1" })], format))
    expect(labelled('{{.Labels}} {{.Label "b"}}{{.Label "none"}}')).toBe("b=2,com.example.a-b=1 2\n")
    expect(labelled('table {{.Labels}}\t{{.Label "com.example.a-b"}}')).toBe(
      "LABELS                  a b\nb=2,com.example.a-b=1   1\n"
    )
  })
  it("is raw where the list has such a form", () => {
    expect(Either.getOrThrow(list({ ...images, raw: "id: {{.ID}}\n" }, rows.slice(0, 1), "raw"))).toBe(
      "id: bf756fb1ae65\n\n"
    )
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
