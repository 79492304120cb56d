import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import * as ConfigChange from "../../../src/core/plan/ConfigChange.js"

const platform = { os: "linux", architecture: "amd64" }
const changed = (changes: ReadonlyArray<string>, config = {}) => ConfigChange.apply(config, changes, platform)

describe("changes of a config", () => {
  it("are Dockerfile instructions, in order, and add nothing else", () => {
    expect(
      changed([
        "ENV A=1 B=2",
        'CMD ["echo", "hi"]',
        'ENTRYPOINT ["/x"]',
        "LABEL a=b",
        "WORKDIR /w",
        "EXPOSE 80",
        "USER 5"
      ])
    ).toEqual(
      Either.right({
        Env: ["A=1", "B=2"],
        Cmd: ["echo", "hi"],
        Entrypoint: ["/x"],
        Labels: { a: "b" },
        WorkingDir: "/w",
        ExposedPorts: { "80/tcp": {} },
        User: "5"
      })
    )
    expect(changed([])).toEqual(Either.right({}))
  })

  it("keep what the config has", () => {
    const config = { Env: ["PATH=/bin", "A=0"], Cmd: ["sh"] }
    expect(changed(["ENV A=1"], config)).toEqual(Either.right({ Env: ["PATH=/bin", "A=1"], Cmd: ["sh"] }))
  })

  it("cannot run or copy anything", () => {
    expect(Either.mapLeft(changed(["RUN true"]), ({ message }) => message)).toEqual(
      Either.left("RUN is not a valid change command")
    )
    expect(Either.isLeft(changed(["FOO bar"]))).toBe(true)
  })
})
