import * as FastCheck from "effect/FastCheck"
import { CommandLine } from "../../../src/core/dockerfile/CommandLine.js"
import type { Directive, Dockerfile, Stage } from "../../../src/core/dockerfile/Dockerfile.js"
import type { Heredoc } from "../../../src/core/dockerfile/Heredoc.js"
import { type Common, CopySource, Instruction, type Of } from "../../../src/core/dockerfile/Instruction.js"
import * as SourceRange from "../../../src/core/dockerfile/SourceRange.js"
import type { Word } from "../../../src/core/dockerfile/Word.js"

/** Trees of Dockerfiles that no text stands behind: every range is `none`, every `text` empty. */

const word = (text: string): Word => ({ text, range: SourceRange.none })

const text = (chars: string, maxLength = 8) =>
  FastCheck.stringOf(FastCheck.constantFrom(...chars), { minLength: 1, maxLength })

/** A word without blanks; no JSON array, heredoc mark or malformed substitution (which would hide heredocs). */
const token = text("abcxyz019./$_:@é-").filter((one) => !one.startsWith("["))
const name = text("abcXYZ_")
const words = FastCheck.array(token.map(word), { minLength: 1, maxLength: 4 })
const anything = FastCheck.string({ maxLength: 8 })

/** A rest of a line, quotes and escapes and all. */
const line = FastCheck.array(
  FastCheck.oneof(
    token,
    FastCheck.constantFrom("&&", '"a b"', "'c", "d\\\\", "e\\ f", "#", "--g", "=", "'", "`h")
  ),
  { minLength: 1, maxLength: 6 }
).map((parts) => word(parts.join(" ")))

const command = FastCheck.oneof(
  line.map((one) => CommandLine.Shell({ text: one })),
  FastCheck.array(anything.map(word), { maxLength: 4 }).map((list) => CommandLine.Exec({ words: list }))
)

interface Given {
  readonly flag: string
  readonly value: Word
}

const stringFlag = (flag: string): FastCheck.Arbitrary<Given | undefined> =>
  FastCheck.option(
    FastCheck.oneof(token, FastCheck.constantFrom("a b", "c\\d", "")).map((value) => ({
      flag,
      value: word(value)
    })),
    { nil: undefined }
  )
const listFlag = (flag: string): FastCheck.Arbitrary<ReadonlyArray<Given>> =>
  FastCheck.array(
    token.map((value) => ({ flag, value: word(value) })),
    { maxLength: 2 }
  )
const booleanFlag = FastCheck.constantFrom(undefined, "", "=true", "=False", "=TRUE")

const flagWord = ({ flag, value }: Given): Word => word(`--${flag}=${value.text}`)
const flagWords = (...given: ReadonlyArray<Given | undefined>): ReadonlyArray<Word> =>
  given.flatMap((one) => (one === undefined ? [] : [flagWord(one)]))
const switchWords = (flag: string, written: string | undefined): ReadonlyArray<Word> =>
  written === undefined ? [] : [word(`--${flag}${written}`)]
const isOn = (written: string | undefined): boolean | undefined =>
  written === undefined ? undefined : written.toLowerCase() !== "=false"

const comments = FastCheck.array(
  FastCheck.oneof(token, FastCheck.constantFrom("check=skip=all", "escape = `", "hello world")),
  { maxLength: 2 }
)

const common = (keyword: string): FastCheck.Arbitrary<Common> =>
  FastCheck.tuple(FastCheck.constantFrom(keyword, keyword.toLowerCase()), comments).map(
    ([written, above]) => ({
      range: SourceRange.none,
      keyword: word(written),
      text: "",
      flags: [],
      comments: above
    })
  )

const heredoc = (delimiter: string): FastCheck.Arbitrary<Heredoc> =>
  FastCheck.record({
    name: FastCheck.constant(delimiter),
    fileDescriptor: FastCheck.constantFrom(0, 3),
    expand: FastCheck.boolean(),
    chomp: FastCheck.boolean(),
    content: FastCheck.array(
      FastCheck.oneof(
        line.map((one) => one.text),
        FastCheck.constantFrom("", "\ta", "FROM x")
      )
    ).map((lines) => lines.map((one) => `${one}\n`).join("")),
    range: FastCheck.constant(SourceRange.none)
  })
const heredocs = FastCheck.oneof(
  FastCheck.constant([]),
  FastCheck.tuple(heredoc("EOF")),
  FastCheck.tuple(heredoc("ONE"), heredoc("TWO"))
)
const markOf = ({ name: delimiter, fileDescriptor, chomp, expand }: Heredoc): string =>
  `${fileDescriptor === 0 ? "" : fileDescriptor}<<${chomp ? "-" : ""}${expand ? delimiter : `"${delimiter}"`}`

const transfer = FastCheck.record({
  json: FastCheck.boolean(),
  paths: FastCheck.array(token, { maxLength: 3 }),
  bodies: heredocs,
  destination: token,
  chown: stringFlag("chown"),
  chmod: stringFlag("chmod"),
  link: booleanFlag,
  exclude: listFlag("exclude")
})
  .filter(({ paths, bodies, json }) => paths.length + (json ? 0 : bodies.length) > 0)
  .map(({ json, paths, bodies, destination, chown, chmod, link, exclude }) => ({
    fields: {
      json,
      sources: [
        ...paths.map((path) => CopySource.Path({ path: word(path) })),
        ...(json ? [] : bodies).map((body) => CopySource.Inline({ mark: word(markOf(body)), heredoc: body }))
      ],
      destination: word(destination),
      heredocs: json ? [] : bodies,
      chown: chown?.value,
      chmod: chmod?.value,
      link: isOn(link) ?? false,
      exclude: exclude.map((one) => one.value)
    },
    flags: [...flagWords(chown, chmod, ...exclude), ...switchWords("link", link)]
  }))

const copy = FastCheck.tuple(common("COPY"), transfer, stringFlag("from"), booleanFlag).map(
  ([shared, { fields, flags }, from, parents]) =>
    Instruction.Copy({
      ...shared,
      ...fields,
      from: from?.value,
      parents: isOn(parents) ?? false,
      flags: [...flags, ...flagWords(from), ...switchWords("parents", parents)]
    })
)

const add = FastCheck.tuple(common("ADD"), transfer, stringFlag("checksum"), booleanFlag, booleanFlag).map(
  ([shared, { fields, flags }, checksum, keep, unpack]) =>
    Instruction.Add({
      ...shared,
      ...fields,
      checksum: checksum?.value,
      keepGitDir: isOn(keep),
      unpack: isOn(unpack),
      flags: [
        ...flags,
        ...flagWords(checksum),
        ...switchWords("keep-git-dir", keep),
        ...switchWords("unpack", unpack)
      ]
    })
)

const run = FastCheck.tuple(
  common("RUN"),
  command,
  heredocs,
  listFlag("mount"),
  FastCheck.constantFrom(undefined, "none" as const, "host" as const),
  FastCheck.constantFrom(undefined, "insecure" as const)
).map(([shared, given, bodies, mounts, network, security]) => {
  const isShell = given._tag === "Shell" && bodies.length > 0
  const setting = (flag: string, value: string | undefined) =>
    value === undefined ? undefined : { flag, value: word(value) }
  return Instruction.Run({
    ...shared,
    command: isShell ? CommandLine.Shell({ text: word(bodies.map(markOf).join(" ")) }) : given,
    heredocs: isShell ? bodies : [],
    mounts: mounts.map((one) => one.value),
    network: network ?? "default",
    security: security ?? "sandbox",
    flags: flagWords(...mounts, setting("network", network), setting("security", security))
  })
})

const pair = FastCheck.tuple(
  name,
  FastCheck.constantFrom("", "a", '"b c"', "'d e'", "f\\ g", "$H", "i=j")
).map(([key, value]) => ({ key: word(key), value: word(value), separator: "=" as const }))
const pairs = FastCheck.oneof(
  FastCheck.array(pair, { minLength: 1, maxLength: 3 }),
  FastCheck.tuple(name, line).map(([key, value]) => [{ key: word(key), value, separator: " " as const }])
)

const arg = FastCheck.tuple(
  common("ARG"),
  FastCheck.array(
    FastCheck.tuple(name, FastCheck.constantFrom(undefined, "", "a", '"b c"', "$D")).map(([key, value]) => ({
      name: word(key),
      value: value === undefined ? undefined : word(value)
    })),
    { minLength: 1, maxLength: 3 }
  )
).map(([shared, definitions]): Of<"Arg"> => Instruction.Arg({ ...shared, definitions }))

const healthcheck = FastCheck.tuple(
  common("HEALTHCHECK"),
  FastCheck.constantFrom("CMD", "cmd"),
  command.filter((one) => one._tag === "Shell" || one.words.length > 0),
  FastCheck.constantFrom(undefined, 1, 90),
  FastCheck.constantFrom(undefined, 3)
).map(([shared, kind, given, seconds, retries]) =>
  Instruction.Healthcheck({
    ...shared,
    kind: word(kind),
    probe: {
      command: given,
      interval: (seconds ?? 0) * 1e9,
      timeout: 0,
      startPeriod: 0,
      startInterval: 0,
      retries: retries ?? 0
    },
    flags: flagWords(
      seconds === undefined ? undefined : { flag: "interval", value: word(`${seconds}s`) },
      retries === undefined ? undefined : { flag: "retries", value: word(`${retries}`) }
    )
  })
)

const onbuild = FastCheck.tuple(common("ONBUILD"), heredocs).map(([shared, bodies]) =>
  Instruction.Onbuild({
    ...shared,
    trigger: word("Run"),
    heredocs: bodies,
    expression: [
      `Run ${bodies.map(markOf).join(" ") || "x"}`,
      ...bodies.map((body) => body.content + body.name)
    ].join("\n")
  })
)

const instruction: FastCheck.Arbitrary<Instruction> = FastCheck.oneof(
  add,
  arg,
  copy,
  healthcheck,
  onbuild,
  run,
  FastCheck.tuple(common("CMD"), command).map(([c, given]) => Instruction.Cmd({ ...c, command: given })),
  FastCheck.tuple(common("ENTRYPOINT"), command).map(([c, given]) =>
    Instruction.Entrypoint({ ...c, command: given })
  ),
  FastCheck.tuple(common("ENV"), pairs).map(([c, list]) => Instruction.Env({ ...c, pairs: list })),
  FastCheck.tuple(common("LABEL"), pairs).map(([c, list]) => Instruction.Label({ ...c, pairs: list })),
  FastCheck.tuple(common("EXPOSE"), words).map(([c, ports]) => Instruction.Expose({ ...c, ports })),
  FastCheck.tuple(common("MAINTAINER"), line).map(([c, one]) => Instruction.Maintainer({ ...c, name: one })),
  FastCheck.tuple(common("STOPSIGNAL"), line).map(([c, signal]) => Instruction.StopSignal({ ...c, signal })),
  FastCheck.tuple(common("USER"), line).map(([c, user]) => Instruction.User({ ...c, user })),
  FastCheck.tuple(common("WORKDIR"), line).map(([c, path]) => Instruction.Workdir({ ...c, path })),
  FastCheck.tuple(common("VOLUME"), FastCheck.boolean(), words).map(([c, json, paths]) =>
    Instruction.Volume({ ...c, json, paths })
  ),
  FastCheck.tuple(common("SHELL"), FastCheck.array(anything.map(word), { minLength: 1 })).map(([c, list]) =>
    Instruction.Shell({ ...c, words: list })
  )
)

const from = FastCheck.tuple(
  common("FROM"),
  stringFlag("platform"),
  token,
  FastCheck.option(FastCheck.tuple(FastCheck.constantFrom("AS", "as"), text("abC")), { nil: undefined })
).map(
  ([shared, platform, image, alias]): Of<"From"> =>
    Instruction.From({
      ...shared,
      platform: platform?.value,
      image: word(image),
      alias: alias === undefined ? undefined : { as: word(alias[0]), name: word(alias[1]) },
      flags: flagWords(platform)
    })
)

const stage = FastCheck.tuple(from, FastCheck.array(instruction, { maxLength: 5 }))

/** A tree that the parser could have made, but for ranges, texts and `emptyContinuations`. */
export const arbitraryDockerfile: FastCheck.Arbitrary<Dockerfile> = FastCheck.tuple(
  FastCheck.constantFrom("\\" as const, undefined),
  FastCheck.boolean(),
  FastCheck.array(arg, { maxLength: 2 }),
  FastCheck.array(stage, { minLength: 1, maxLength: 3 })
).map(([escapeChar, hasSyntax, metaArgs, stages]) => {
  const directive = (key: Directive["name"], value: string): Directive => ({
    name: key,
    value,
    range: SourceRange.none
  })
  return {
    directives: [
      ...(hasSyntax ? [directive("syntax", "docker/dockerfile:1")] : []),
      ...(escapeChar === undefined ? [] : [directive("escape", escapeChar)])
    ],
    escape: escapeChar ?? "\\",
    metaArgs,
    stages: stages.map(
      ([first, instructions], index): Stage => ({
        index,
        name: first.alias?.name.text.toLowerCase(),
        from: first,
        instructions
      })
    ),
    emptyContinuations: []
  }
})
