import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as IgnoreFile from "../../../src/core/dockerfile/IgnoreFile.js"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as Linter from "../../../src/core/lint/Linter.js"
import { type LintRuleName, rules, url } from "../../../src/core/lint/LintRule.js"
import * as LintWarning from "../../../src/core/lint/LintWarning.js"
import { ofBytes } from "../../../src/core/oci/Digest.js"

const image = {
  id: ofBytes(""),
  config: {
    os: "linux",
    architecture: "amd64",
    config: { Env: ["PATH=/bin"] },
    rootfs: { type: "layers" as const, diff_ids: [] }
  }
}

const around: Linter.Surroundings = {
  options: {
    target: undefined,
    buildArgs: {},
    labels: {},
    buildPlatform: { os: "linux", architecture: "amd64" },
    targetPlatform: undefined,
    network: "default"
  },
  images: ({ platform }) => ({ ...image, config: { ...image.config, ...platform } }),
  ignore: IgnoreFile.nothing,
  stages: undefined
}

const report = (text: string, more: Partial<Linter.Surroundings> = {}) =>
  Either.getOrThrow(Linter.lint(Either.getOrThrow(Parser.parse(text)), { ...around, ...more }))

/** `Rule line: message` */
const found = (text: string, more?: Partial<Linter.Surroundings>) =>
  report(text, more).warnings.map(({ rule, range, message }) => `${rule} ${range.start.line}: ${message}`)

const rulesFound = (text: string, more?: Partial<Linter.Surroundings>) =>
  report(text, more).warnings.map(({ rule }) => rule)

/** A text without anything to report. */
const clean = `# syntax=docker/dockerfile:1
ARG VERSION=3
FROM --platform=$BUILDPLATFORM alpine:$VERSION AS build
ARG TARGETARCH
ENV GOARCH=$TARGETARCH \\
    MODE=\${MODE:-release}
WORKDIR /src
WORKDIR lib
COPY --chown=\${UID:-1}:1 . .
RUN --mount=type=cache,target=/root/$GOARCH make
FROM alpine:$VERSION
ARG GREETING
LABEL greeting=$GREETING
EXPOSE 80/tcp 90
CMD ["sh"]
`

describe("a rule", () => {
  it("has nothing to say about a good file but what it uses undefined", () => {
    expect(found(clean)).toEqual([
      "UndefinedVar 5: Usage of undefined variable '$MODE'",
      "UndefinedVar 9: Usage of undefined variable '$UID'"
    ])
  })

  const cases: ReadonlyArray<readonly [LintRuleName, string, ReadonlyArray<string>]> = [
    ["NoEmptyContinuation", "FROM a\nRUN b \\\n\n c", ["4: Empty continuation line"]],
    [
      "ConsistentInstructionCasing",
      "FROM a\nrun b\nRuN c",
      [
        "2: Command 'run' should match the case of the command majority (uppercase)",
        "3: Command 'RuN' should match the case of the command majority (uppercase)"
      ]
    ],
    ["StageNameCasing", "FROM a AS B", ["1: Stage name 'B' should be lowercase"]],
    ["FromAsCasing", "FROM a as b", ["1: 'as' and 'FROM' keywords' casing do not match"]],
    [
      "DuplicateStageName",
      "FROM a AS b\nFROM a AS b",
      ['2: Duplicate stage name "b", stage names should be unique']
    ],
    [
      "ReservedStageName",
      "FROM a AS scratch",
      ['1: Stage name should not use the same name as reserved stage "scratch"']
    ],
    [
      "JSONArgsRecommended",
      "FROM a\nCMD b",
      ["2: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals"]
    ],
    [
      "MaintainerDeprecated",
      "FROM a\nMAINTAINER b",
      ["2: Maintainer instruction is deprecated in favor of using label"]
    ],
    [
      "UndefinedArgInFrom",
      "ARG TAG\nFROM a$TAGS",
      ["2: FROM argument 'TAGS' is not declared (did you mean TAG?)"]
    ],
    [
      "WorkdirRelativePath",
      "FROM a\nWORKDIR b\nWORKDIR c",
      ['2: Relative workdir "b" can have unexpected results if the base image changes']
    ],
    [
      "UndefinedVar",
      "FROM a\nCOPY $PAHT /",
      ["2: Usage of undefined variable '$PAHT' (did you mean $PATH?)"]
    ],
    [
      "MultipleInstructionsDisallowed",
      'FROM a\nCMD ["b"]\nCMD ["c"]',
      [
        "2: Multiple CMD instructions should not be used in the same stage because only the last one will be used"
      ]
    ],
    [
      "LegacyKeyValueFormat",
      "FROM a\nENV b c",
      ['2: "ENV key=value" should be used instead of legacy "ENV key value" format']
    ],
    [
      "RedundantTargetPlatform",
      "FROM --platform=${TARGETPLATFORM} a",
      [
        "1: Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior"
      ]
    ],
    [
      "SecretsUsedInArgOrEnv",
      "FROM a\nARG API_KEY\nENV DB_PASSWORD=x KEY_FILE=y",
      [
        '2: Do not use ARG or ENV instructions for sensitive data (ARG "API_KEY")',
        '3: Do not use ARG or ENV instructions for sensitive data (ENV "DB_PASSWORD")'
      ]
    ],
    [
      "InvalidDefaultArgInFrom",
      "ARG TAG\nFROM a:$TAG",
      ["2: Default value for ARG a:$TAG results in empty or invalid base image name"]
    ],
    [
      "FromPlatformFlagConstDisallowed",
      "FROM --platform=linux/arm64 a\nFROM --platform=linux/arm64 a AS on-arm64",
      ['1: FROM --platform flag should not use constant value "linux/arm64"']
    ],
    [
      "ExposeProtoCasing",
      "FROM a\nEXPOSE 80/TCP",
      ["2: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"]
    ],
    [
      "ExposeInvalidFormat",
      "FROM a\nEXPOSE 1.2.3.4:80:80",
      ["2: EXPOSE instruction should not define an IP address or host-port mapping, found '1.2.3.4:80:80'"]
    ],
    [
      "InvalidDefinitionDescription",
      "# check=experimental=all\n# the base\nFROM a AS b",
      ["3: Comment for FROM should follow the format: `# b <description>`"]
    ]
  ]

  it.each(cases)("%s", (rule, text, expected) => {
    expect(found(text)).toEqual(expected.map((one) => `${rule} ${one}`))
  })

  it("CopyIgnoredFile needs a .dockerignore without exceptions", () => {
    const text = "FROM a AS b\nCOPY x/y http://z /\nADD . /\nCOPY --from=b x /"
    const ignore = (...patterns: ReadonlyArray<string>) => ({
      ignore: Either.getOrThrow(IgnoreFile.compile(patterns))
    })
    expect(found(text, ignore("x"))).toEqual([
      'CopyIgnoredFile 2: Attempting to Copy file "x/y" that is excluded by .dockerignore'
    ])
    expect(rulesFound(text, ignore("**"))).toEqual(["CopyIgnoredFile", "CopyIgnoredFile"])
    expect(rulesFound(text, ignore("x", "!x/z"))).toEqual([])
  })

  it("InvalidBaseImagePlatform needs to know the image", () => {
    const images = () => ({ ...image, config: { ...image.config, architecture: "arm64" } })
    expect(found("FROM a", { images })).toEqual([
      'InvalidBaseImagePlatform 1: Base image a was pulled with platform "linux/arm64", expected "linux/amd64" for current build'
    ])
  })

  /** What needs more than the file: the page shows it in a comment. */
  const needsMore: ReadonlySet<string> = new Set(["CopyIgnoredFile", "InvalidBaseImagePlatform"])

  it.each(Object.keys(rules).filter((name) => !needsMore.has(name)))(
    "%s: its page tells the truth",
    (name) => {
      const page = fs.readFileSync(new URL(`../../../docs/checks/${name}.md`, import.meta.url), "utf8")
      const [bad, good] = [...page.matchAll(/```dockerfile\n(.*?)```/gs)].map((match) => match[1] ?? "")
      const withAll = (text: string | undefined) => rulesFound(`# check=experimental=all\n${text}`)
      expect(withAll(bad)).toContain(name)
      expect(withAll(good)).toEqual([])
    }
  )

  it("has a page and an address", () => {
    const pages = fs.readdirSync(new URL("../../../docs/checks", import.meta.url))
    expect(pages.sort()).toEqual([...Object.keys(rules).map((name) => `${name}.md`), "README.md"].sort())
    expect(url("UndefinedVar")).toBe("https://docs.docker.com/go/dockerfile/rule/undefined-var/")
  })
})

describe("the evaluation behind the rules", () => {
  it("follows ARG and ENV, within an instruction too", () => {
    expect(
      found("FROM a\nARG ONE=1 TWO=$ONE THREE=$OTHER\nENV FOUR=$TWO FIVE=$FOUR\nUSER $FIVE$NOTHING")
    ).toEqual([
      "UndefinedVar 2: Usage of undefined variable '$OTHER'",
      "UndefinedVar 3: Usage of undefined variable '$FOUR'",
      "UndefinedVar 4: Usage of undefined variable '$NOTHING'"
    ])
  })

  it("inherits from the stage below: variables, shell, working directory", () => {
    const text = 'FROM a AS b\nENV X=1\nSHELL ["x"]\nWORKDIR /w\nFROM b\nWORKDIR $X\nCMD y'
    expect(found(text)).toEqual([])
  })

  it("reports what ONBUILD triggers do at the FROM that fires them", () => {
    expect(found("FROM a AS b\nONBUILD ENV x y\nFROM b")).toEqual([
      'LegacyKeyValueFormat 3: "ENV key=value" should be used instead of legacy "ENV key value" format'
    ])
  })

  it("takes values from the command line, which defaults are compared without", () => {
    const options = { ...around.options, buildArgs: { BASE: "x" } }
    expect(rulesFound("ARG BASE\nFROM $BASE", { options })).toEqual(["InvalidDefaultArgInFrom"])
  })

  it("looks at the asked stages only, but at every text", () => {
    const text = "FROM a as b\nUSER $X\nFROM a\nUSER $Y"
    expect(rulesFound(text, { stages: new Set([1]) })).toEqual(["FromAsCasing", "UndefinedVar"])
  })

  it("says nothing of variables on an image that it does not know", () => {
    const images = () => undefined
    expect(rulesFound("FROM a AS b\nUSER $X\nFROM b\nUSER $Y\nFROM scratch\nUSER $Z", { images })).toEqual([
      "UndefinedVar"
    ])
  })

  it("goes on behind a mistake", () => {
    expect(rulesFound("FROM a\nENV A=${}\nEXPOSE what\nENV b c")).toEqual(["LegacyKeyValueFormat"])
  })
})

describe("check directives", () => {
  it("skip rules, for the file or the instruction below", () => {
    expect(rulesFound("# check=skip=JSONArgsRecommended,FromAsCasing\nFROM a as b\nCMD c")).toEqual([])
    expect(rulesFound("# check=skip=all\nFROM a as b\nCMD c")).toEqual([])
    expect(rulesFound("FROM a\n# check=skip=JSONArgsRecommended\nCMD c\nENTRYPOINT d")).toEqual([
      "JSONArgsRecommended"
    ])
  })

  it("can make warnings fail the build", () => {
    const text = "# check=error=true\nFROM a as b\n"
    expect(Linter.violation(report(text))).toBe("lint violation found for rules: FromAsCasing")
    expect(Linter.violation(report(text.replace("as", "AS")))).toBeUndefined()
  })

  it.each([
    ["skip", 'failed to parse check options: invalid check option "skip"'],
    ["what=x", 'failed to parse check options: invalid check option "what"'],
    [
      "error=maybe",
      'failed to parse check options: failed to parse check option "error=maybe": invalid syntax'
    ]
  ])("%s is refused", (value, message) => {
    const file = Either.getOrThrow(Parser.parse(`# check=${value}\nFROM a`))
    const result = Linter.lint(file, around)
    expect(Either.isLeft(result) && result.left.message).toBe(message)
  })
})

describe("a warning", () => {
  const text = "FROM a\nCMD b\n"
  const [warning] = report(text).warnings

  it("has one line in a list, and an excerpt on request", () => {
    if (warning === undefined) throw new Error("no warning")
    expect(LintWarning.summary(warning)).toBe(
      " - JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 2)"
    )
    expect(LintWarning.detail(warning, text, "Dockerfile").split("\n")).toEqual([
      "WARNING: JSONArgsRecommended - https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
      "JSON arguments recommended for CMD to prevent unintended behavior related to OS signals",
      "Dockerfile:2",
      "--------------------",
      "   1 |     FROM a",
      "   2 | >>> CMD b",
      "   3 |     ",
      "--------------------",
      ""
    ])
  })
})
