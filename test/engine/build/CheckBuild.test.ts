import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CheckBuild from "../../../src/engine/CheckBuild.js"
import { build, place, request, services, write } from "./building.js"

const ask = (context: string) => request(context, {}, () => Effect.void)

describe("a check", () => {
  it.scoped("reads the ignore file, and what the store knows of images", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/base`, { Dockerfile: "FROM scratch\nENV HOMEPAGE=x\n" })
        yield* build(`${root}/base`, { names: ["docker.io/library/known:latest"] })
        write(`${root}/c`, {
          Dockerfile: "FROM known\nCOPY secret /\nUSER $HOMEPAGE$UNSET\nFROM unknown\nUSER $UNSET\n",
          ".dockerignore": "secret\n"
        })
        const { answer, fileName } = yield* CheckBuild.check(ask(`${root}/c`))
        expect(fileName).toBe("Dockerfile")
        expect(answer.problem).toBeUndefined()
        expect(answer.report.warnings.map(({ rule, range }) => `${rule} ${range.start.line}`)).toEqual([
          "CopyIgnoredFile 2",
          "UndefinedVar 3"
        ])
      }).pipe(Effect.provide(services(root)))
    })
  )

  it.scoped("tells why the build is impossible, beside the warnings", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, { Dockerfile: "FROM scratch as a\nEXPOSE what\n" })
        const { answer } = yield* CheckBuild.check(ask(`${root}/c`))
        expect(answer.report.warnings.map(({ rule }) => rule)).toEqual(["FromAsCasing"])
        expect(answer.problem?.message).toBe("invalid containerPort: what")
        expect(answer.problem?.excerpt).toContain("   2 | >>> EXPOSE what")
      }).pipe(Effect.provide(services(root)))
    })
  )
})

describe("a build", () => {
  it.scoped("fails on warnings where the file asks for it", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, { Dockerfile: "# check=error=true\nFROM scratch as a\nENV b=c\n" })
        const error = yield* Effect.flip(build(`${root}/c`))
        expect(error.message).toBe("lint violation found for rules: FromAsCasing")
      }).pipe(Effect.provide(services(root)))
    })
  )

  it.scoped("shows the lines that do not parse", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* Effect.gen(function* () {
        write(`${root}/c`, { Dockerfile: "FROM scratch\nRUNN x\n" })
        const error = yield* Effect.flip(build(`${root}/c`))
        expect(error).toMatchObject({
          message: "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
          excerpt: expect.stringContaining("   2 | >>> RUNN x")
        })
      }).pipe(Effect.provide(services(root)))
    })
  )
})
