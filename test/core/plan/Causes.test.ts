import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { ChainId } from "../../../src/core/layer/ChainId.js"
import type { Step } from "../../../src/core/plan/BuildPlan.js"
import * as CacheKey from "../../../src/core/plan/CacheKey.js"
import * as Explanation from "../../../src/core/plan/Explanation.js"
import * as GitRef from "../../../src/core/plan/GitRef.js"
import * as InputFiles from "../../../src/core/plan/InputFiles.js"
import * as NamedContext from "../../../src/core/plan/NamedContext.js"
import * as Operation from "../../../src/core/plan/Operation.js"
import { digest, linux, planned } from "./planning.js"

/** What an edit may change. Each has two values. */
const knobs = [
  "base",
  "version",
  "env",
  "user",
  "directory",
  "command",
  "content",
  "mode",
  "name",
  "destination",
  "chown",
  "chmod",
  "option",
  "exclude",
  "heredoc",
  "download",
  "commit",
  // None of these changes what a command writes.
  "label",
  "proxy",
  "sharing",
  "comment"
] as const
type Knob = (typeof knobs)[number]
type World = Readonly<Record<Knob, "1" | "2">>

const worlds: FastCheck.Arbitrary<World> = FastCheck.dictionary(
  FastCheck.constantFrom(...knobs),
  FastCheck.constantFrom("1" as const, "2" as const),
  {
    minKeys: knobs.length,
    maxKeys: knobs.length
  }
).map((given) => ({ ...plain, ...given }))

const plain: World = {
  base: "1",
  version: "1",
  env: "1",
  user: "1",
  directory: "1",
  command: "1",
  content: "1",
  mode: "1",
  name: "1",
  destination: "1",
  chown: "1",
  chmod: "1",
  option: "1",
  exclude: "1",
  heredoc: "1",
  download: "1",
  commit: "1",
  label: "1",
  proxy: "1",
  sharing: "1",
  comment: "1"
}

/** An instruction and, for each knob that its result depends on, the cause that an edit of it must be told as. */
interface Template {
  readonly line: (world: World) => string
  readonly causes: Partial<Record<Knob, string>>
}

/** What every RUN depends on. */
const run = {
  base: "parent ",
  version: "variable VERSION",
  env: "variable MODE",
  user: "user ",
  directory: "directory "
}
const command = { ...run, command: "command " }
const files = (origin: string) => ({
  content: `files ${origin} src/a content changed`,
  mode: `files ${origin} src/a mode changed`,
  name: `files ${origin} src/new is there or not`
})

const templates: Readonly<Record<string, Template>> = {
  RUN: { line: ({ command }) => `RUN make ${command}`, causes: command },
  "RUN --network": {
    line: ({ command, option }) => `RUN --network=${option === "1" ? "none" : "host"} make ${command}`,
    causes: { ...command, option: "network " }
  },
  "RUN heredoc": {
    line: ({ heredoc }) => `RUN <<E\nmake ${heredoc}\nE`,
    causes: { ...run, heredoc: "command " }
  },
  "RUN script": {
    line: ({ heredoc }) => `RUN <<E\n#!/bin/sh\nmake ${heredoc}\nE`,
    causes: { ...run, heredoc: "mount /dev/pipes/E" }
  },
  "RUN bind": {
    line: ({ command, option }) =>
      `RUN --mount=target=/m,source=src${option === "1" ? "" : ",rw"} make ${command}`,
    causes: { ...command, ...files("context 0"), option: "mount /m" }
  },
  "RUN bind of a stage": {
    line: ({ command }) => `RUN --mount=from=build,target=/m make ${command}`,
    causes: { ...command, ...files("stage 0") }
  },
  "RUN cache": {
    line: ({ command, option, sharing }) =>
      `RUN --mount=type=cache,target=/c,id=c${option},sharing=${sharing === "1" ? "shared" : "locked"} make ${command}`,
    causes: { ...command, option: "mount /c" }
  },
  "RUN tmpfs": {
    line: ({ command, option }) => `RUN --mount=type=tmpfs,target=/t,size=${option}m make ${command}`,
    causes: { ...command, option: "mount /t" }
  },
  COPY: {
    line: ({ chmod, chown, destination }) =>
      `COPY --chown=${chown} --chmod=60${chmod} src /app${destination}/`,
    causes: {
      base: "parent ",
      ...files("context 0"),
      destination: "destination ",
      chown: "chown ",
      chmod: "chmod "
    }
  },
  "COPY --link": {
    line: ({ destination }) => `COPY --link src /app${destination}/`,
    causes: { ...files("context 0"), destination: "destination " }
  },
  "COPY --exclude --parents": {
    line: ({ exclude, destination }) => `COPY --parents --exclude=*.${exclude} ./src/* /app${destination}/`,
    causes: { base: "parent ", ...files("context 0"), exclude: "options ", destination: "destination " }
  },
  "COPY of a stage": {
    line: ({ destination }) => `COPY --from=build src /app${destination}/`,
    causes: { base: "parent ", ...files("stage 0"), destination: "destination " }
  },
  "COPY of a named context": {
    line: ({ destination }) => `COPY --from=vendor src /app${destination}/`,
    causes: { base: "parent ", ...files("named 0"), destination: "destination " }
  },
  "COPY of an image": {
    line: ({ destination }) => `COPY --from=busybox src /app${destination}/`,
    causes: { base: "parent ", ...files("image 0"), destination: "destination " }
  },
  "COPY heredoc": {
    line: ({ heredoc }) => `COPY <<x src /app/\nheredoc ${heredoc}\nx`,
    causes: { base: "parent ", ...files("context 0"), heredoc: "inline x" }
  },
  "ADD of a URL": {
    line: ({ option }) => `ADD --unpack=${option === "1"} https://example.com/a.tar /app/`,
    causes: { base: "parent ", download: "remote https://example.com/a.tar", option: "sources " }
  },
  "ADD of a repository": {
    line: ({ option, exclude }) =>
      `ADD --keep-git-dir=${option === "1"} --exclude=*.${exclude} https://example.com/a.git#main /app/`,
    causes: {
      base: "parent ",
      commit: "remote https://example.com/a.git#main",
      option: "sources ",
      exclude: "options "
    }
  }
}

const contexts = new Map([["vendor", NamedContext.NamedContext.Files()]])

const stepOf = ({ line }: Template, world: World): Step => {
  const text = [
    "FROM debian:12 AS build",
    "FROM debian:12",
    `# ${world.comment}`,
    `LABEL l=${world.label}`,
    "ARG VERSION",
    `ENV MODE=${world.env}`,
    `USER ${world.user}`,
    `WORKDIR /w${world.directory}`,
    line(world)
  ].join("\n")
  const buildArgs = { VERSION: world.version, HTTP_PROXY: world.proxy }
  const step = planned(text, { buildArgs, contexts }).stages.at(-1)?.steps.at(-1)
  if (step === undefined) throw new Error("the instruction is no step")
  return step
}

const entry = (path: string, mode: number, content: string): InputFiles.InputEntry => ({
  path,
  type: "file",
  mode,
  content,
  owner: ""
})

const keyed = (template: Template, world: World): Explanation.Earlier => {
  const step = stepOf(template, world)
  const { operation } = step
  const input = InputFiles.make([
    { path: "src", type: "directory", mode: 0o755, content: "", owner: "" },
    entry("src/a", world.mode === "1" ? 0o644 : 0o755, digest(world.content)),
    ...(world.name === "1" ? [] : [entry("src/new", 0o644, "")])
  ])
  const origins = Operation.origins(operation)
  const key = CacheKey.ofStep(step, {
    parent: digest(`base ${world.base}`) as ChainId,
    parentNote: "base debian:12",
    platform: linux,
    files: origins.map((origin) => ({ origin, label: "", input })),
    remote: (operation._tag === "Copy" ? operation.sources : []).flatMap((source) =>
      source._tag === "Http"
        ? [{ url: source.url, digest: digest(world.download) }]
        : source._tag === "Git"
          ? [{ url: GitRef.redacted(source.url), digest: world.commit.repeat(40) }]
          : []
    )
  })
  if (key === undefined) throw new Error("the instruction has no key")
  const named = key.components.filter(({ kind }) => kind === "files")
  return { key, files: Object.fromEntries(named.map(({ name }) => [name, input.entries])) }
}

const isHit = (template: Template, one: World, other: World): boolean =>
  CacheKey.digest(keyed(template, one).key) === CacheKey.digest(keyed(template, other).key)

const told = (template: Template, before: World, after: World): ReadonlyArray<string> =>
  Explanation.causes(keyed(template, before), keyed(template, after)).map(({ component, text }) =>
    component.kind === "files"
      ? `files ${component.name} ${text.replace(/added|removed/, "is there or not")}`
      : `${component.kind} ${component.name}`
  )

const pick = (from: World, changed: ReadonlyArray<Knob>, to: World): World => ({
  ...from,
  ...Object.fromEntries(changed.map((knob) => [knob, to[knob]]))
})

describe.each(Object.entries(templates))("the causes of a miss of %s", (_, template) => {
  const read = knobs.filter((knob) => template.causes[knob] !== undefined)

  it.prop(
    "are those of what was changed, of that alone",
    [worlds, worlds],
    ([before, after]) => {
      const changed = read.filter((knob) => before[knob] !== after[knob])
      const expected = changed.flatMap((knob) => template.causes[knob] ?? [])
      expect([...told(template, before, after)].sort()).toEqual([...expected].sort())
      expect(isHit(template, before, after)).toBe(changed.length === 0)
    },
    { fastCheck: { numRuns: 20 } }
  )

  it.prop(
    "are enough: reverting them restores the hit. And all are needed: reverting everything else, or all but one, does not",
    [worlds, worlds],
    ([before, after]) => {
      const named = read.filter((knob) => before[knob] !== after[knob])
      const others = knobs.filter((knob) => !named.includes(knob))
      expect(isHit(template, before, pick(after, named, before))).toBe(true)
      if (named.length > 0) expect(isHit(template, before, pick(after, others, before))).toBe(false)
      for (const left of named) {
        const most = named.filter((knob) => knob !== left)
        expect([left, isHit(template, before, pick(after, most, before))]).toEqual([left, false])
      }
    },
    { fastCheck: { numRuns: 12 } }
  )
})
