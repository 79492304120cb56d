import { it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import { type Filling, fill, parse } from "../../../../src/core/display/template/Template.js"

const data = {
  ID: "bf756fb1ae65",
  Names: ["a", "b"],
  Labels: { x: "1", y: "2" },
  Config: { Cmd: ["sh", "-c"], User: "", Env: null },
  Size: 13336,
  Running: true,
  Label: (key: unknown) => `label ${String(key)}`
}

const filled = (source: string, filling?: Filling) =>
  Either.match(
    Either.flatMap(parse(source), (template) => fill(template, data, filling)),
    { onLeft: (error) => `! ${error.message}`, onRight: (text) => text }
  )

describe("a template prints", () => {
  it.each([
    ["plain", "plain"],
    ["{{.ID}} {{ .Size }}", "bf756fb1ae65 13336"],
    ["{{.Names}} {{.Labels}} {{.Config.Env}}", "[a b] map[x:1 y:2] <no value>"],
    ["{{json .Config}}", '{"Cmd":["sh","-c"],"User":"","Env":null}'],
    ['{{join .Names ", "}} {{.ID | upper | printf "%-14s|"}}', "a, b BF756FB1AE65  |"],
    ["{{range .Names}}<{{.}}>{{end}}{{range $i, $n := .Names}}{{$i}}={{$n}} {{end}}", "<a><b>0=a 1=b "],
    ["{{range $k, $v := .Labels}}{{$k}}{{$v}}{{end}}", "x1y2"],
    ["{{range .Config.Env}}x{{else}}none{{end}}", "none"],
    ["{{if .Config.User}}u{{else if .Running}}r{{else}}n{{end}}", "r"],
    ["{{with .Config}}{{.Cmd}}{{$.ID}}{{end}}", "[sh -c]bf756fb1ae65"],
    ['{{index .Names 1}}{{index .Labels "x"}}{{index .Config.Cmd 0}}', "b1sh"],
    ["{{len .Names}} {{len .ID}} {{eq .Size 1 13336}} {{ne 1 2}} {{lt 1 2}}", "2 12 true true true"],
    ["{{and .Running .ID}} {{or .Config.User .ID}} {{not .Running}}", "bf756fb1ae65 bf756fb1ae65 false"],
    [
      '{{split "a:b" ":"}} {{title "hello world"}} {{pad "x" 1 2}}| {{truncate .ID 4}}',
      "[a b] Hello World  x  | bf75"
    ],
    ["{{$x := .ID}}{{$x = 1}}{{$x}}", "1"],
    ["a  {{- /* gone */ -}}  b {{- 1 -}} c", "ab1c"],
    ['{{(index .Names 0) | printf "%q"}} {{"\\t"}}{{`raw\\n`}}|', '"a" \t' + "raw\\n|"],
    ['{{.Label "k"}} {{"z" | .Label}}', "label k label z"],
    ['{{define "t"}}[{{.}}]{{end}}{{template "t" .ID}}', "[bf756fb1ae65]"],
    ['{{range .Names}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', "a"],
    ["{{println .ID 1}}", "bf756fb1ae65 1\n"],
    ['{{printf "%s %v %d %5.1f %x %%" "a" true 3 1.26 255}}', "a true 3   1.3 ff %"],
    ['{{slice .ID 0 3}} {{print 1 2 "a" 3}}', "bf7 1 2a3"]
  ])("%s", (source, text) => {
    expect(filled(source)).toBe(text)
  })
})

describe("a template that is wrong says so as Go does", () => {
  it.each([
    ["{{.Nope", "! template: :1: unclosed action"],
    ["a\n{{.Nope}}", '! template: :2:2: executing "" at <.Nope>: map has no entry for key "Nope"'],
    [
      "{{.ID.Nope}}",
      '! template: :1:2: executing "" at <.ID.Nope>: can\'t evaluate field Nope in type string'
    ],
    ["{{nope .ID}}", '! template: :1: function "nope" not defined'],
    ["{{if .ID}}", "! template: :1: unexpected EOF"],
    ["{{end}}", "! template: :1: unexpected {{end}}"],
    ["{{$x}}", '! template: :1: undefined variable "$x"'],
    ["{{}}", "! template: :1: missing value for command"],
    ["{{if}}{{end}}", "! template: :1: missing value for if"],
    [
      "{{index .Names 5}}",
      '! template: :1:2: executing "" at <index .Names 5>: error calling index: index out of range: 5'
    ],
    ['{{"a}}', "! template: :1: unterminated quoted string"]
  ])("%s", (source, text) => {
    expect(filled(source)).toBe(text)
  })
  it("names the type whose field is missing, where the data has one", () => {
    expect(filled("{{.Nope}}", { type: "*formatter.ContainerContext" })).toBe(
      '! template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *formatter.ContainerContext'
    )
  })
  it.prop(
    "never throws, whatever the source",
    [
      FastCheck.array(
        FastCheck.oneof(
          FastCheck.string(),
          FastCheck.constantFrom(
            "{{",
            "}}",
            "{{.ID",
            "if ",
            "range ",
            "end",
            "else",
            "|",
            "(",
            ")",
            "$x",
            ":=",
            '"',
            "{{- ",
            " -}}",
            "/*",
            "*/",
            ".ID",
            "index ",
            "1"
          )
        )
      )
    ],
    ([words]) => {
      expect(typeof filled(words.join(""))).toBe("string")
    }
  )
  it.prop("text without braces is itself", [FastCheck.string()], ([text]) => {
    if (!text.includes("{{")) expect(filled(text)).toBe(text)
  })
})
