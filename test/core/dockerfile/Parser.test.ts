import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { Dockerfile } from "../../../src/core/dockerfile/Dockerfile.js"
import { type Instruction, keywords, type Of } from "../../../src/core/dockerfile/Instruction.js"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import type { SourceRange } from "../../../src/core/dockerfile/SourceRange.js"

const parsed = (text: string): Dockerfile => Either.getOrThrow(Parser.parse(text))

const failure = (text: string) =>
  Either.match(Parser.parse(text), { onLeft: (error) => error, onRight: () => undefined })

/** The last instruction of a stage that consists of this text. */
const one = <Tag extends Instruction["_tag"]>(tag: Tag, text: string): Of<Tag> => {
  const found = parsed(`FROM scratch\n${text}`).stages[0]?.instructions.at(-1)
  if (found?._tag !== tag) throw new Error(`no ${tag} but ${found?._tag}`)
  return found as Of<Tag>
}

/** What stands in a range of a text. */
const cut = (text: string, { start, end }: SourceRange): string => {
  const lines = text.split("\n")
  if (start.line === end.line) return (lines[start.line - 1] ?? "").slice(start.column - 1, end.column - 1)
  return [
    (lines[start.line - 1] ?? "").slice(start.column - 1),
    ...lines.slice(start.line, end.line - 1),
    (lines[end.line - 1] ?? "").slice(0, end.column - 1)
  ].join("\n")
}

describe("a file", () => {
  it("is ARGs, then stages with lower-case names", () => {
    const file = parsed("ARG V=1\nfrom a:$V aS Base\nRUN x\nFROM base\n")
    expect(file.metaArgs.map((arg) => arg.text)).toEqual(["ARG V=1"])
    expect(file.stages.map(({ index, name, instructions }) => [index, name, instructions.length])).toEqual([
      [0, "base", 1],
      [1, undefined, 0]
    ])
    expect(file.stages[0]?.from.alias).toMatchObject({ as: { text: "aS" }, name: { text: "Base" } })
  })

  it("may start with a byte order mark and end without a line end", () => {
    const bytes = new TextEncoder().encode("\ufeffFROM scratch")
    expect(Either.getOrThrow(Parser.parse(bytes)).stages[0]?.from.image.text).toBe("scratch")
  })

  it("may have Windows line ends", () => {
    const file = parsed("FROM scratch\r\nRUN a \\\r\n  b\r\nRUN <<E\r\nx\r\nE\r\n")
    const texts = file.stages[0]?.instructions.map((instruction) => instruction.text)
    expect(texts).toEqual(["RUN a   b", "RUN <<E"])
    expect(file.stages[0]?.instructions[1]).toMatchObject({ heredocs: [{ content: "x\r\n" }] })
  })
})

describe("directives", () => {
  it("stand at the top, in any case, each once", () => {
    const file = parsed("#  SYNTAX = docker/dockerfile:1 \n#escape=`\n# check=skip=all\nFROM x")
    expect(file.directives.map(({ name, value }) => [name, value])).toEqual([
      ["syntax", "docker/dockerfile:1"],
      ["escape", "`"],
      ["check", "skip=all"]
    ])
  })

  it("end at the first other line", () => {
    const file = parsed("# hello\n# escape=`\nFROM scratch\nRUN a \\\n b")
    expect(file.escape).toBe("\\")
    expect(file.stages[0]?.instructions[0]?.text).toBe("RUN a  b")
  })
})

describe("lines", () => {
  it("are continued by the escape character, over comments and with empty lines reported", () => {
    const file = parsed("FROM scratch\nRUN a \\\n  # why\n\n  && b \\ \t\n  && c\n")
    expect(file.stages[0]?.instructions[0]?.text).toBe("RUN a   && b   && c")
    expect(file.emptyContinuations.map((range) => range.start.line)).toEqual([6])
  })

  it("are not continued by an escaped escape character", () => {
    expect(one("Run", "RUN a \\\\").command).toMatchObject({ text: { text: "a \\\\" } })
  })

  it("take the backtick if the directive says so", () => {
    const file = parsed("#escape=`\nFROM scratch\nCOPY a `\n C:\\\n")
    expect(file.stages[0]?.instructions[0]).toMatchObject({ destination: { text: "C:\\" } })
  })

  it("carry the comments above, down from the last empty one", () => {
    const file = parsed("FROM scratch\n# old\n#\n# new one\nRUN x\nRUN y")
    expect(file.stages[0]?.instructions.map((instruction) => instruction.comments)).toEqual([["new one"], []])
  })
})

describe("heredocs", () => {
  it("follow each other in the order of their marks", () => {
    const text = "FROM scratch\nCOPY <<one <<-'two' /d/\na $x\none\n\t\tb\n\ttwo\nRUN z"
    const file = parsed(text)
    const copy = file.stages[0]?.instructions[0]
    expect(copy).toMatchObject({
      heredocs: [
        { name: "one", content: "a $x\n", expand: true, chomp: false, fileDescriptor: 0 },
        { name: "two", content: "\t\tb\n", expand: false, chomp: true }
      ],
      sources: [{ _tag: "Inline" }, { _tag: "Inline", heredoc: { name: "two" } }]
    })
    expect(copy?.range.end).toEqual({ line: 6, column: 5 })
    expect(file.stages[0]?.instructions[1]?.text).toBe("RUN z")
  })

  it("know their file descriptor", () => {
    expect(one("Run", 'RUN 3<<"E O" cat\nx\nE O\n').heredocs).toMatchObject([
      { name: "E O", fileDescriptor: 3, expand: false, content: "x\n" }
    ])
  })

  it("are no heredocs in a JSON array, in quotes or in other instructions", () => {
    expect(one("Run", 'RUN ["cat", "<<E"]').heredocs).toEqual([])
    expect(one("Run", "RUN echo '<<E'").heredocs).toEqual([])
    expect(one("Cmd", "CMD cat <<E").text).toBe("CMD cat <<E")
  })

  it("belong to ONBUILD's trigger", () => {
    const onbuild = one("Onbuild", "ONBUILD  RUN <<E\nls\nE\n")
    expect(onbuild.expression).toBe("RUN <<E\nls\nE")
    expect(Either.getOrThrow(Parser.parseTrigger(onbuild.expression))).toMatchObject({
      _tag: "Run",
      heredocs: [{ content: "ls\n" }]
    })
  })
})

describe("instructions", () => {
  it("RUN has typed flags", () => {
    const run = one(
      "Run",
      "RUN --mount=type=cache,target=/c --mount=type=ssh --network=none --security=insecure ls"
    )
    expect(run).toMatchObject({
      network: "none",
      security: "insecure",
      mounts: [{ text: "type=cache,target=/c" }, { text: "type=ssh" }],
      command: { _tag: "Shell", text: { text: "ls" } }
    })
  })

  it("COPY and ADD have typed flags", () => {
    expect(
      one(
        "Copy",
        "COPY --from=a --chown=1:$G --chmod=u+x --link --parents=false --exclude=*.a --exclude=b x y /z/"
      )
    ).toMatchObject({
      from: { text: "a" },
      chown: { text: "1:$G" },
      chmod: { text: "u+x" },
      link: true,
      parents: false,
      exclude: [{ text: "*.a" }, { text: "b" }],
      sources: [{ path: { text: "x" } }, { path: { text: "y" } }],
      destination: { text: "/z/" }
    })
    expect(one("Add", "ADD --keep-git-dir=false --checksum=sha256:0 https://x /y")).toMatchObject({
      keepGitDir: false,
      unpack: undefined,
      checksum: { text: "sha256:0" }
    })
  })

  it("flags end at --, and may be quoted", () => {
    expect(one("Run", 'RUN --mount="type=ssh,id=a b" -- --x')).toMatchObject({
      mounts: [{ text: "type=ssh,id=a b" }],
      command: { text: { text: "--x" } }
    })
  })

  it("JSON arrays are commands without a shell; anything malformed is for the shell", () => {
    expect(one("Cmd", 'CMD [ "a", "\\u00e9\\"" ]').command).toMatchObject({
      _tag: "Exec",
      words: [{ text: "a" }, { text: 'é"' }]
    })
    expect(one("Cmd", "CMD ['a']").command).toMatchObject({ _tag: "Shell", text: { text: "['a']" } })
  })

  it("ENV and LABEL keep raw pairs in both forms", () => {
    expect(one("Env", 'ENV A="b c" D=e\\ f').pairs).toMatchObject([
      { key: { text: "A" }, value: { text: '"b c"' }, separator: "=" },
      { key: { text: "D" }, value: { text: "e\\ f" }, separator: "=" }
    ])
    expect(one("Label", "LABEL a  b  c").pairs).toMatchObject([
      { key: { text: "a" }, value: { text: "b  c" }, separator: " " }
    ])
  })

  it("HEALTHCHECK has times in nanoseconds", () => {
    expect(
      one("Healthcheck", "HEALTHCHECK --interval=1m30s --timeout=1.5s --retries=3 CMD curl x").probe
    ).toMatchObject({
      interval: 90e9,
      timeout: 1.5e9,
      startPeriod: 0,
      retries: 3,
      command: { _tag: "Shell" }
    })
    expect(one("Healthcheck", "HEALTHCHECK NONE").probe).toBeUndefined()
  })

  it.each([
    [
      "ARG A B=$A C=",
      "Arg",
      { definitions: [{ value: undefined }, { value: { text: "$A" } }, { value: { text: "" } }] }
    ],
    ["EXPOSE 80 90/udp", "Expose", { ports: [{ text: "80" }, { text: "90/udp" }] }],
    ['SHELL ["a"]', "Shell", { words: [{ text: "a" }] }],
    ["STOPSIGNAL 9", "StopSignal", { signal: { text: "9" } }],
    ["USER a b", "User", { user: { text: "a b" } }],
    ["VOLUME /a /b", "Volume", { json: false, paths: [{ text: "/a" }, { text: "/b" }] }],
    ["WORKDIR /a b", "Workdir", { path: { text: "/a b" } }],
    ["MAINTAINER a <b>", "Maintainer", { name: { text: "a <b>" } }],
    ["ENTRYPOINT", "Entrypoint", { command: { _tag: "Shell", text: { text: "" } } }],
    ["ONBUILD what ever", "Onbuild", { expression: "what ever", trigger: { text: "what" } }]
  ] as const)("%s", (text, tag, expected) => {
    expect(one(tag, text)).toMatchObject(expected)
  })
})

describe("ranges", () => {
  it("point at the words, across continuations", () => {
    const text = "FROM scratch\n  COPY --from=a \\\n # c\n    'b c' \\\n /dest"
    const copy = one("Copy", text.slice("FROM scratch\n".length))
    expect(
      copy.sources.map((source) => (source._tag === "Path" ? cut(text, source.path.range) : ""))
    ).toEqual(["'b", "c'"])
    expect(cut(text, copy.destination.range)).toBe("/dest")
    expect(copy.from && cut(text, copy.from.range)).toBe("--from=a")
    expect(copy.range).toEqual({ start: { line: 2, column: 3 }, end: { line: 5, column: 7 } })
  })

  it("cover pairs and JSON strings", () => {
    const text = 'FROM scratch\nENV a=b "c d"=\\ e\nCMD [ "x", "\\"" ]'
    const [env, cmd] = parsed(text).stages[0]?.instructions ?? []
    if (env?._tag !== "Env" || cmd?._tag !== "Cmd" || cmd.command._tag !== "Exec") throw new Error("shape")
    expect(env.pairs.map((pair) => [cut(text, pair.key.range), cut(text, pair.value.range)])).toEqual([
      ["a", "b"],
      ['"c d"', "\\ e"]
    ])
    expect(cmd.command.words.map((word) => cut(text, word.range))).toEqual(['"x"', '"\\""'])
  })
})

describe("an error", () => {
  it.each([
    ["", "the Dockerfile cannot be empty"],
    ["# only\n", "file with no instructions"],
    ["RUN x", "no build stage in current context"],
    ["#escape=x\nFROM a", "invalid escape token 'x' does not match ` or \\"],
    ["#escape=`\n#escape=`\nFROM a", "only one escape parser directive can be used"],
    ["FROM a\nRUN <<E\nx", "unterminated heredoc"],
    ["FROM a\nENV x", "ENV must have two arguments"],
    ["FROM a\nENV x=1 y", 'Syntax error - can\'t find = in "y". Must be of the form: name=value'],
    ["FROM a\nCMD [1]", "when using JSON array syntax, arrays must be comprised of strings only"],
    ["FROM a\nRUNN x", "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)"],
    ["FROM a\ncopi x y", "dockerfile parse error on line 2: unknown instruction: copi (did you mean copy?)"],
    ["FROM a b", "dockerfile parse error on line 1: FROM requires either one or three arguments"],
    [
      "FROM --plattform=x a",
      "dockerfile parse error on line 1: unknown flag: --plattform (did you mean platform?)"
    ],
    [
      "FROM a\nCOPY --link=maybe a b",
      "dockerfile parse error on line 2: expecting boolean value for flag --link, not: maybe"
    ],
    ["FROM a\nCOPY --from a b", "dockerfile parse error on line 2: missing a value on flag: --from"],
    [
      "FROM a\nCOPY --from=a --from=b x y",
      "dockerfile parse error on line 2: duplicate flag specified: --from"
    ],
    ["FROM a\nRUN --network=x y", 'dockerfile parse error on line 2: invalid network mode "x"'],
    [
      "FROM a\nRUN --mount=from=$x,target=/y z",
      "dockerfile parse error on line 2: 'from' doesn't support variable expansion, define alias stage instead"
    ],
    [
      "FROM a\nHEALTHCHECK --interval=1 CMD x",
      'dockerfile parse error on line 2: time: missing unit in duration "1"'
    ],
    [
      "FROM a\nHEALTHCHECK --timeout=1us CMD x",
      'dockerfile parse error on line 2: Interval "timeout" cannot be less than 1ms'
    ],
    ["FROM a\nHEALTHCHECK CMD", "dockerfile parse error on line 2: Missing command after HEALTHCHECK CMD"],
    [
      "FROM a\nONBUILD ONBUILD RUN x",
      "dockerfile parse error on line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
    ],
    ["FROM a\nONBUILD from x", "dockerfile parse error on line 2: FROM isn't allowed as an ONBUILD trigger"],
    ["FROM a\nLABEL =x", "dockerfile parse error on line 2: LABEL names can not be blank"],
    [`FROM a\nRUN ${"x".repeat(70_000)}`, "dockerfile line greater than max allowed size of 65535"]
  ])("%j: %s", (text, message) => {
    expect(failure(text)?.message).toBe(message)
  })

  it.each(keywords.filter((keyword) => !["RUN", "CMD", "ENTRYPOINT"].includes(keyword)))(
    "%s wants arguments",
    (keyword) => {
      expect(failure(`FROM a\n${keyword}`)?.message).toMatch(/requires|determined/)
    }
  )

  it("points at the word, and marks the whole instruction", () => {
    const text = "FROM a\nRUN x\nCOPY --fron=a \\\n  b c\n"
    const error = failure(text)
    expect(error).toMatchObject({ reason: "unknown-flag", lines: [3, 4], suggestion: "from" })
    expect(error && cut(text, error.range)).toBe("--fron=a")
  })
})

describe("properties", () => {
  const fragment = FastCheck.constantFrom(
    ...keywords,
    ..." \t\n\r\\`\"'#$=<>-[]{},:/",
    "--from=",
    "<<EOF",
    "EOF",
    "\\\n",
    "# escape=`\n",
    "é"
  )

  it.prop("no text makes it throw", [FastCheck.stringOf(fragment, { maxLength: 60 })], ([text]) => {
    Parser.parse(text)
    Parser.parseTrigger(text)
    return true
  })

  it.prop("no bytes make it throw", [FastCheck.uint8Array({ maxLength: 200 })], ([bytes]) => {
    Parser.parse(bytes)
    return true
  })

  it.prop("every range lies in the file", [FastCheck.stringOf(fragment, { maxLength: 60 })], ([text]) => {
    const lines = text.split("\n").length
    return Either.match(Parser.outline(text), {
      onLeft: () => true,
      onRight: ({ statements }) =>
        statements.every(
          ({ range, keyword }) =>
            range.start.line >= 1 &&
            range.end.line <= lines &&
            cut(text, keyword.range).startsWith(keyword.text.slice(0, 1))
        )
    })
  })
})
