import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as BuildPlan from "../../../src/core/plan/BuildPlan.js"
import * as CreatedBy from "../../../src/core/plan/CreatedBy.js"
import * as Planner from "../../../src/core/plan/Planner.js"
import * as Schedule from "../../../src/core/plan/Schedule.js"
import { closure, image, linux, options, planned, print, refusal, sketches } from "./planning.js"

const finalConfig = (plan: BuildPlan.BuildPlan) => {
  const stage = BuildPlan.targetStage(plan)
  if (stage === undefined) throw new Error("no target")
  return BuildPlan.finalConfig(stage)
}
const operations = (plan: BuildPlan.BuildPlan) =>
  plan.stages.flatMap((stage) => stage.steps.map((step) => step.operation))
const execs = (plan: BuildPlan.BuildPlan) =>
  operations(plan).flatMap((operation) => (operation._tag === "Exec" ? [operation] : []))
const history = (plan: BuildPlan.BuildPlan) =>
  plan.stages.flatMap((stage) => stage.steps.map((step) => CreatedBy.render(step.createdBy, "file:abc")))

describe("which stages are planned", () => {
  it.prop("exactly those that the target needs", [sketches, FastCheck.nat()], ([sketch, pick]) => {
    const target = pick % sketch.length
    const plan = planned(print(sketch), { target: `s${target}` })
    expect(new Set(plan.stages.map((stage) => stage.index))).toEqual(closure(sketch, target))
  })

  it.prop("each needs earlier ones only, so that no plan has a cycle", [sketches], ([sketch]) => {
    for (const stage of planned(print(sketch)).stages)
      for (const needed of Schedule.dependencies(stage)) expect(needed).toBeLessThan(stage.index)
  })

  it.prop("stages of one wave need nothing of each other", [sketches], ([sketch]) => {
    const plan = planned(print(sketch))
    const seen = new Set<number>()
    for (const wave of Schedule.waves(plan)) {
      for (const index of wave) {
        const stage = BuildPlan.stageAt(plan, index)
        expect(stage !== undefined && Schedule.dependencies(stage).every((one) => seen.has(one))).toBe(true)
      }
      for (const index of wave) seen.add(index)
    }
    expect(seen.size).toBe(plan.stages.length)
  })

  it.prop(
    "what they do does not depend on stages that are not needed",
    [sketches, FastCheck.nat()],
    ([sketch, pick]) => {
      const target = pick % sketch.length
      const needed = closure(sketch, target)
      const edited = sketch.map((stage, index) =>
        needed.has(index) ? stage : { ...stage, commands: [...stage.commands, "touch /edited"] }
      )
      const before = planned(print(sketch), { target: `s${target}` })
      const after = planned(print(edited), { target: `s${target}` })
      expect(operations(after)).toEqual(operations(before))
    }
  )

  it.prop(
    "what they do does not depend on comments, blank lines, indentation and the case of keywords",
    [
      sketches,
      FastCheck.array(FastCheck.constantFrom("", "# a comment", "   ", "\t# another"), { minLength: 1 })
    ],
    ([sketch, between]) => {
      const text = print(sketch)
      const edited = text
        .split("\n")
        .flatMap((line, index) => [
          between[index % between.length] ?? "",
          line.replace(/^[A-Z]+/, (keyword) => `  ${keyword.toLowerCase()} `)
        ])
        .join("\n")
      expect(operations(planned(edited))).toEqual(operations(planned(text)))
    }
  )

  it("a cycle is named", () => {
    expect(refusal("FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nCOPY --from=x / /")).toContain(
      "circular dependency detected on stage: x"
    )
  })

  it("the target is a name, or an index, or refused", () => {
    const text = "FROM a AS One\nFROM b\nFROM c"
    expect(planned(text, { target: "ONE" }).target).toBe(0)
    expect(planned(text, { target: "1" }).target).toBe(1)
    expect(refusal(text, { target: "nope" })).toBe('target stage "nope" could not be found')
  })

  it("of two stages with one name COPY --from means the last, which must come before", () => {
    const plan = planned("FROM a AS x\nFROM b AS x\nFROM c\nCOPY --from=X / /")
    expect(plan.stages.map((stage) => stage.index)).toEqual([1, 2])
    expect(refusal("FROM a\nCOPY --from=late / /\nFROM b AS late", { target: "0" })).toContain(
      "it needs to be defined before current stage"
    )
  })
})

describe("images are looked up first", () => {
  const known = Either.getOrThrow(Parser.parse("FROM debian:12\nCOPY --from=alpine /x /y\nFROM unneeded"))

  it("only those that the target needs", () => {
    const outcome = Either.getOrThrow(Planner.plan(known, { ...options, target: "0" }, () => undefined))
    expect(outcome).toMatchObject({
      _tag: "Needs",
      images: [
        { reference: "docker.io/library/debian:12", platform: linux },
        { reference: "docker.io/library/alpine:latest", platform: linux }
      ]
    })
  })

  it("triggers of the base run first, are not counted, and are not inherited", () => {
    const plan = planned("FROM base\nENV A=1", {}, { OnBuild: ["RUN make", "COPY . /src"] })
    const [stage] = plan.stages
    expect(stage?.steps.map((step) => [step.keyword, step.number])).toEqual([
      ["RUN", undefined],
      ["COPY", undefined],
      ["ENV", 2]
    ])
    expect(finalConfig(plan).OnBuild).toBeUndefined()
    expect(plan.stepCount).toBe(2)
  })

  it("a trigger can need an image of its own", () => {
    const dockerfile = Either.getOrThrow(Parser.parse("FROM base"))
    const base = image("base", { OnBuild: ["COPY --from=tools:1 /t /t"] })
    const outcome = Planner.plan(dockerfile, options, (need) =>
      need.reference.includes("base") ? base : undefined
    )
    expect(Either.getOrThrow(outcome)).toMatchObject({
      _tag: "Needs",
      images: [{ reference: "docker.io/library/tools:1" }]
    })
  })
})

describe("arguments and environment", () => {
  it("a global ARG reaches FROM, and a stage only by a bare declaration", () => {
    const plan = planned("ARG V=12\nFROM debian:$V\nRUN a\nARG V\nRUN b")
    expect(plan.stages[0]?.baseName).toBe("debian:12")
    const [before, after] = execs(plan)
    expect(before?.env).not.toContain("V=12")
    expect(after?.env).toContain("V=12")
    expect(history(plan)).toEqual(["/bin/sh -c a", "/bin/sh -c #(nop)  ARG V", "|1 V=12 /bin/sh -c b"])
  })

  it("--build-arg beats the default, ENV beats both in what the image keeps", () => {
    const plan = planned("FROM a\nARG V=1\nRUN x\nENV V=env$V\nRUN y", { buildArgs: { V: "2" } })
    const [x, y] = execs(plan)
    expect(x?.env).toContain("V=2")
    expect(y?.env).toContain("V=env2")
    expect(finalConfig(plan).Env).toContain("V=env2")
    expect(history(plan).at(-1)).toBe("/bin/sh -c y")
  })

  it("a bare ARG after one with a value keeps the value", () => {
    expect(execs(planned("FROM a\nARG V=1\nARG V\nRUN x"))[0]?.env).toContain("V=1")
  })

  it("arguments of a stage reach the stages that start from it", () => {
    const [run] = execs(planned("FROM a AS x\nARG V=1\nFROM x\nRUN y"))
    expect(run?.env).toContain("V=1")
  })

  it("platform arguments need no declaration in FROM", () => {
    const plan = planned("FROM --platform=$BUILDPLATFORM a AS b\nFROM b-$TARGETARCH", {
      targetPlatform: { os: "linux", architecture: "arm64" }
    })
    expect(plan.stages[0]?.baseName).toBe("b-arm64")
    expect(plan.stages[0]?.platform.architecture).toBe("arm64")
  })

  it("proxy arguments are seen without a declaration and kept out of everything else", () => {
    const plan = planned("FROM a\nRUN x", { buildArgs: { HTTP_PROXY: "p", unused: "1" } })
    expect(execs(plan)[0]?.proxy).toEqual(["HTTP_PROXY=p"])
    expect(execs(plan)[0]?.env.join()).not.toContain("PROXY")
    expect(plan.unusedBuildArgs).toEqual(["unused"])
  })
})

describe("the config", () => {
  it("scratch has a PATH and the root as working directory", () => {
    const config = finalConfig(planned("FROM scratch\nUSER 1"))
    expect(config).toMatchObject({ WorkingDir: "/", User: "1" })
    expect(config.Env).toEqual(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
  })

  it("ENTRYPOINT drops the base's CMD and leaves the stage's own", () => {
    expect(finalConfig(planned('FROM a\nENTRYPOINT ["e"]')).Cmd).toBeUndefined()
    expect(finalConfig(planned('FROM a\nCMD ["c"]\nENTRYPOINT ["e"]')).Cmd).toEqual(["c"])
    expect(finalConfig(planned('FROM a AS x\nCMD ["c"]\nFROM x\nENTRYPOINT ["e"]')).Cmd).toBeUndefined()
  })

  it("shell forms use SHELL, in history too", () => {
    const plan = planned('FROM a\nSHELL ["/bin/bash","-ec"]\nRUN x\nCMD y')
    expect(execs(plan)[0]?.argv).toEqual(["/bin/bash", "-ec", "x"])
    expect(finalConfig(plan).Cmd).toEqual(["/bin/bash", "-ec", "y"])
    expect(history(plan).at(-1)).toBe('/bin/bash -ec #(nop)  CMD ["/bin/bash" "-ec" "y"]')
  })

  it("relative WORKDIRs are joined, absolute ones stay verbatim", () => {
    const plan = planned("FROM a\nWORKDIR /x///\nRUN p\nWORKDIR y/../z\nCOPY f g/")
    expect(execs(plan)[0]?.cwd).toBe("/x")
    expect(finalConfig(plan).WorkingDir).toBe("/x/z")
    expect(operations(plan).at(-1)).toMatchObject({ _tag: "Copy", destination: "/x/z/g/" })
  })

  it("labels of the command line are steps of the target", () => {
    const plan = planned("FROM a AS x\nFROM x", { labels: { b: "2", a: "1" } })
    expect(plan.stages.at(-1)?.steps.map((step) => step.text)).toEqual(["LABEL a=1", "LABEL b=2"])
    expect(finalConfig(plan).Labels).toEqual({ a: "1", b: "2" })
  })
})

describe("history", () => {
  it("is the classic builder's, blanks included", () => {
    const plan = planned(
      'FROM a\nENV A=b c="d e"\nWORKDIR /w\nCOPY f /x\nADD --chown=1 f /y\nEXPOSE 80\nVOLUME /v /w\nHEALTHCHECK --interval=90s CMD x\nSTOPSIGNAL TERM'
    )
    expect(history(plan)).toEqual([
      "/bin/sh -c #(nop)  ENV A=b c=d e",
      "/bin/sh -c #(nop) WORKDIR /w",
      "/bin/sh -c #(nop) COPY file:abc in /x ",
      "/bin/sh -c #(nop) ADD --chown=1 file:abc in /y ",
      "/bin/sh -c #(nop)  EXPOSE 80",
      "/bin/sh -c #(nop)  VOLUME [/v /w]",
      "/bin/sh -c #(nop)  HEALTHCHECK &{Test:[CMD-SHELL x] Interval:1m30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
      "/bin/sh -c #(nop)  STOPSIGNAL TERM"
    ])
  })
})

describe("what is refused", () => {
  const cases: ReadonlyArray<readonly [text: string, message: string]> = [
    ["FROM $NOPE", "base name ($NOPE) should not be blank"],
    ["FROM a\nCOPY https://x/y /", "source can't be a URL for COPY"],
    ["FROM a\nCOPY --chmod=64a x /", "invalid chmod parameter: '64a'. it should be octal string"],
    ["FROM a\nCOPY --from=$X x /", "variable expansion is not supported for --from"],
    ["FROM a\nEXPOSE 99999", "invalid containerPort: 99999"],
    ["FROM a\nSTOPSIGNAL NOPE", "invalid signal: NOPE"],
    ["FROM a\nRUN --mount=target=/ x", 'invalid mount target "/"'],
    ['FROM a\nENV X="${Y:?need Y}"', "need Y"]
  ]
  it.each(cases)("%s", (text, message) => {
    expect(refusal(text)).toContain(message)
  })
})
