import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as ContainerFlags from "../../src/cli/ContainerFlags.js"
import create from "../../src/cli/commands/create.js"
import run from "../../src/cli/commands/run.js"
import * as Grammar from "../../src/cli/Grammar.js"
import * as MadeFlags from "../../src/cli/MadeFlags.js"
import { parse } from "../../src/cli/Parse.js"
import * as RecipeLine from "../../src/cli/RecipeLine.js"
import { texts } from "../../src/cli/Values.js"
import * as Caller from "../../src/core/container/Caller.js"
import type { Flags } from "../../src/core/container/Flags.js"
import * as KeptRequest from "../../src/core/container/KeptRequest.js"
import * as ReadOptions from "../../src/core/container/ReadOptions.js"
import * as Recipe from "../../src/core/container/Recipe.js"
import * as ShellWords from "../../src/core/display/ShellWords.js"
import * as SpecArbitrary from "../support/SpecArbitrary.js"

const caller: Caller.Caller = {
  environment: { HOME: "/home/u" },
  workingDirectory: "/work/here",
  files: { "e.env": "A=from file\nHOME\n", "l.list": "one=1\ntwo\n", "./p.json": "{}" }
}

const some = (...values: ReadonlyArray<string>) => FastCheck.subarray([...values])
const maybe = (...values: ReadonlyArray<string>) =>
  FastCheck.oneof(
    FastCheck.constant([]),
    FastCheck.constantFrom(...values).map((value) => [value])
  )

/** Flags that depend on the caller, or whose values look like something else. */
const flags: FastCheck.Arbitrary<Flags> = FastCheck.tuple(
  SpecArbitrary.flags,
  FastCheck.record({
    env: some("A=b", "A", "HOME", "EMPTY=", 'Q=it\'s "x"', "N=a\nb"),
    "env-file": maybe("e.env"),
    label: some("one=2", "bare", "l=--rm"),
    "label-file": maybe("l.list"),
    volume: some("./data:/a", "../up:/b:ro", "vol:/c", "/anonymous"),
    mount: some("type=bind,source=./m,target=/d", '"type=bind","src=../q,r",dst=/e,readonly', "target=/f"),
    "security-opt": maybe("seccomp=./p.json", "seccomp=unconfined"),
    publish: some("80", "127.0.0.1:8080:80/udp", "9000-9001:90-91"),
    entrypoint: maybe("", "-x", "sh"),
    "health-cmd": maybe("test -e /x || exit 1"),
    "health-retries": maybe("3"),
    memory: maybe("64m"),
    tty: maybe("true", "false"),
    rm: maybe("true")
  })
).map(([one, other]) =>
  Object.fromEntries(Object.entries({ ...one, ...other }).filter(([, values]) => values.length > 0))
)

const made = FastCheck.record({
  by: FastCheck.constantFrom("run" as const, "create" as const),
  flags: FastCheck.record({ attach: some("stdout", "stderr"), platform: maybe("linux/amd64") })
})

const present = (all: Flags): Flags =>
  Object.fromEntries(Object.entries(all).filter(([, values]) => values.length > 0))

/** What the parser of the command makes of a line. */
const request = (command: typeof run | typeof create, argv: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const line = Grammar.read(command, argv)
    if (line._tag !== "Line") return yield* Effect.die(JSON.stringify(line))
    const table = { ...ContainerFlags.flags, ...ContainerFlags.making, ...MadeFlags.run }
    const { args, values } = yield* parse(table, line)
    const [image, ...words] = args
    return {
      name: values.name,
      image,
      command: words,
      flags: ContainerFlags.given(values),
      made: texts(MadeFlags.kept, values)
    }
  })

/** Paths are written out in what is told of a flag, too. */
const untold = (options: unknown) =>
  JSON.parse(
    JSON.stringify(options, (key, value) => {
      if (typeof value === "bigint") return String(value)
      return key === "flag" ? undefined : value === "./p.json" ? "/work/here/p.json" : value
    })
  )

describe("recipe", () => {
  it.effect.prop(
    "asks for the same container again, whoever reads it and wherever",
    [flags, FastCheck.array(FastCheck.string()), made],
    ([asked, command, how]) =>
      Effect.gen(function* () {
        const made = present(how.flags)
        const read = ReadOptions.read({ ...made, ...asked }, command, caller)
        // Two mounts at one place, and the like.
        if (Either.isLeft(read)) return
        const settled = yield* Caller.settle(asked, caller)
        const kept = { ...settled, command, volumes: {}, made: { ...how, flags: made } }
        expect(untold(Either.getOrThrow(KeptRequest.options(kept)))).toEqual(untold(read.right))
        const [, by, ...argv] = RecipeLine.words(Recipe.of({ name: "web", image: "debian:12" }, kept))
        const again = yield* request(by === "create" ? create : run, argv)
        expect(by).toBe(how.by)
        expect(again).toEqual({
          name: "web",
          image: "debian:12",
          command,
          flags: settled.flags,
          made: kept.made.flags
        })
        // Settled means the same to everyone.
        expect(
          yield* Caller.settle(settled.flags, {
            environment: {},
            workingDirectory: "/other",
            files: settled.files
          })
        ).toEqual(settled)
        expect(yield* ShellWords.split(ShellWords.join(argv))).toEqual(argv)
      }),
    { fastCheck: { numRuns: 40 } }
  )

  it("is written as people write it", () => {
    const kept = {
      flags: { interactive: ["true"], tty: ["true"], env: ["A=b c"], publish: ["80:80"], rm: ["true"] },
      command: ["sh", "-c", "exit 3"],
      files: {},
      volumes: {},
      made: { by: "run" as const, flags: { "sig-proxy": ["false"] } }
    }
    expect(ShellWords.join(RecipeLine.words(Recipe.of({ name: "web", image: "base" }, kept)))).toBe(
      "kasane run -it --name web --sig-proxy=false -e 'A=b c' -p 80:80 --rm base sh -c 'exit 3'"
    )
  })
})
