import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Flag from "../../src/cli/Flag.js"
import * as Grammar from "../../src/cli/Grammar.js"

const flags = [
  Flag.toggle("interactive", { short: "i", help: "" }),
  Flag.toggle("tty", { short: "t", help: "" }),
  Flag.texts("env", { short: "e", help: "" }),
  Flag.text("name", { help: "" }),
  Flag.integer("pids-limit", { help: "" })
]
const run: Grammar.Rules = { flags, interspersed: false }
const images: Grammar.Rules = { flags, interspersed: true }

const said = (rules: Grammar.Rules, ...argv: ReadonlyArray<string>) => {
  const line = Grammar.read(rules, argv)
  return line._tag === "Line"
    ? { given: line.given.map(([flag, text]) => `${flag.name}=${text}`), args: line.args }
    : line._tag === "Misuse"
      ? line.message
      : line._tag
}

describe("what pflag accepts", () => {
  it("every spelling of a value", () => {
    for (const spelled of [["-e", "A=b"], ["-eA=b"], ["-e=A=b"], ["--env", "A=b"], ["--env=A=b"]]) {
      expect(said(run, ...spelled)).toEqual({ given: ["env=A=b"], args: [] })
    }
  })
  it("clusters, the last of which may take a value", () => {
    expect(said(run, "-iteA=b", "x")).toEqual({
      given: ["interactive=true", "tty=true", "env=A=b"],
      args: ["x"]
    })
    expect(said(run, "-it=false")).toEqual({ given: ["interactive=true", "tty=false"], args: [] })
  })
  it("a value may look like a flag, be a dash, or be empty", () => {
    expect(said(run, "--name", "--", "-e", "-", "--env=")).toEqual({
      given: ["name=--", "env=-", "env="],
      args: []
    })
  })
  it("the first argument of run ends its flags; elsewhere flags may follow arguments", () => {
    expect(said(run, "image", "-i", "--what")).toEqual({ given: [], args: ["image", "-i", "--what"] })
    expect(said(images, "image", "-i")).toEqual({ given: ["interactive=true"], args: ["image"] })
    expect(said(images, "image", "--", "-i")).toEqual({ given: [], args: ["image", "-i"] })
  })
  it("-h and --help ask for help where no flag has that name", () => {
    expect(said(run, "-ih")).toBe("HelpWanted")
    expect(said(run, "--help", "-Z")).toBe("HelpWanted")
  })
})

describe("what pflag refuses", () => {
  it.each([
    [["-Z"], "unknown shorthand flag: 'Z' in -Z"],
    [["-iZt"], "unknown shorthand flag: 'Z' in -Zt"],
    [["--nope=1"], "unknown flag: --nope"],
    [["--name"], "flag needs an argument: --name"],
    [["-ie"], "flag needs an argument: 'e' in -e"],
    [["--=x"], "bad flag syntax: --=x"],
    [
      ["-i=maybe"],
      'invalid argument "maybe" for "-i, --interactive" flag: strconv.ParseBool: parsing "maybe": invalid syntax'
    ],
    [
      ["--pids-limit", "x"],
      'invalid argument "x" for "--pids-limit" flag: strconv.ParseInt: parsing "x": invalid syntax'
    ]
  ])("%j", (argv, message) => {
    expect(said(run, ...argv)).toBe(message)
  })
})

const word = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.constantFrom(
    "-i",
    "-it",
    "--tty",
    "--tty=false",
    "-e",
    "-eA=b",
    "--env",
    "--env=x y",
    "--name",
    "--name=",
    "--",
    "-",
    "image"
  )
)

describe("normalise", () => {
  it.prop(
    "is idempotent, and its spelling reads back as the same line",
    [FastCheck.array(word)],
    ([argv]) => {
      const line = Grammar.read(images, argv)
      if (line._tag !== "Line") return
      const once = Grammar.normalise(flags, line)
      expect(Grammar.normalise(flags, once)).toEqual(once)
      expect(Grammar.read(images, Grammar.spell(images, once))).toEqual(once)
      expect(Grammar.read(run, Grammar.spell(run, once))).toEqual(once)
    }
  )
  it.prop("loses no argument and no value of a list", [FastCheck.array(word)], ([argv]) => {
    const line = Grammar.read(images, argv)
    if (line._tag !== "Line") return
    const env = ({ given }: Grammar.Line) =>
      given.filter(([flag]) => flag.name === "env").map(([, text]) => text)
    const once = Grammar.normalise(flags, line)
    expect(once.args).toEqual(line.args)
    expect(env(once)).toEqual(env(line))
  })
  it.prop(
    "whatever follows -- reaches the command as it stands",
    [FastCheck.array(FastCheck.string())],
    ([rest]) => {
      expect(said(images, "--", ...rest)).toEqual({ given: [], args: rest })
    }
  )
})
