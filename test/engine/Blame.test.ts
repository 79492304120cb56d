import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type { BlamedLayer } from "../../src/engine/blame/Blamed.js"
import { makeTestBuilder, type TestBuild } from "../../src/exports/testing.js"

/** Every file says what made it: a content that no other file has. */
const context = {
  a: "context a",
  "src/a": "context src/a",
  "src/b": "context src/b",
  "src/deep/c": "context src/deep/c",
  "lib/b": "context lib/b",
  "lib/deep/c": "context lib/deep/c",
  "lib/deep/d": "context lib/deep/d"
}
const images = {
  base: {
    files: { "/bin/sh": "image base /bin/sh", "/etc/conf": "image base /etc/conf", "/link": { link: "/app" } }
  },
  tool: { files: { "/tool/x": "image tool /tool/x", "/tool/y": "image tool /tool/y" } }
}

/** `@` is a number that no other line has, `sN` an earlier stage. */
const instructions = [
  "COPY a /app/",
  "COPY a /app/renamed",
  "COPY src /app",
  "COPY src lib /app/",
  "COPY lib src/deep /link/in/",
  "COPY [sl]*/ /app/all/",
  "COPY src/* /app/",
  "COPY --exclude=deep src lib /app/",
  "COPY --parents src/*/c lib/./deep /app/",
  "COPY --link lib /app/",
  "COPY . /ctx/",
  "ADD src/deep/c lib/b /app/",
  "COPY <<h@ /app/\nheredoc h@\nh@",
  "RUN write @ /app/a",
  "RUN write @ /app/deep/c",
  "RUN write @ /made/@",
  "RUN remove @ /app/b",
  "WORKDIR /app/here",
  "COPY --from=tool /tool /app",
  "COPY --from=tool /tool/x /app/deep/",
  "COPY --from=sN /app /app",
  "COPY --from=sN /link/a /etc/copied",
  "COPY --from=sN /ap* /etc/ /"
]

const stages = FastCheck.array(
  FastCheck.record({
    isBasedOnLast: FastCheck.boolean(),
    lines: FastCheck.array(FastCheck.constantFrom(...instructions), { minLength: 1, maxLength: 6 })
  }),
  { minLength: 1, maxLength: 3 }
)

const print = (
  all: ReadonlyArray<{ readonly isBasedOnLast: boolean; readonly lines: ReadonlyArray<string> }>
): string =>
  all
    .map(({ isBasedOnLast, lines }, index) =>
      [
        `FROM ${isBasedOnLast && index > 0 ? `s${index - 1}` : "base"} AS s${index}`,
        // So that what is copied from a stage is there.
        `RUN write ${index}first /app/a`,
        ...lines
          .filter((line) => index > 0 || !line.includes("sN"))
          .map((line, at) => line.replace("sN", `s${index - 1}`).replaceAll("@", `${index}x${at}`))
      ].join("\n")
    )
    .join("\n")

const builder = makeTestBuilder({
  images,
  run: ({ text }) => {
    const [verb, , path = ""] = text.split(" ")
    return verb === "write" ? { files: { [path]: `RUN ${text}` } } : { removed: [path] }
  }
})

/** The content that a file has, if what is told of its layer is true. */
const contentOf = ({ image, source, step }: BlamedLayer, path: string): string => {
  switch (source?._tag) {
    case "Context":
      return `context ${source.path}`
    case "Heredoc":
      return `heredoc ${source.name}\n`
    case "Stage":
      return source.at === undefined ? "gone" : contentOf(source.at, `/${source.path}`)
    case "Image":
      return source.at === undefined ? "gone" : contentOf(source.at, `/${source.path}`)
    default:
      return step?.text ?? `image ${image?.replace(/.*\/|:.*/g, "")} ${path}`
  }
}

/** The lines of a Dockerfile that a layer is told to be of must say what the step says. */
const linesFit = (dockerfile: string, { source, step }: BlamedLayer): boolean => {
  const [first = 0] = step?.lines ?? []
  const here = step === undefined || dockerfile.split("\n")[first - 1] === step.text
  const next = source !== undefined && "at" in source ? source.at : undefined
  return here && (next === undefined || linesFit(dockerfile, next))
}

describe("blame", () => {
  it.effect.prop(
    "leads from every file of an image to what its content came from, whether steps ran or were in the cache",
    [stages],
    ([all]) =>
      Effect.gen(function* () {
        const { blame, build } = yield* builder
        const dockerfile = print(all)
        const given: TestBuild = { dockerfile, context, tags: ["app"] }
        const { failure, image } = yield* build(given)
        expect(failure?.message).toBeUndefined()
        const told = yield* Effect.forEach(Object.entries(image?.files ?? {}), ([path, content]) =>
          Effect.map(blame("app", path), ({ layers: [top] }) => ({ path, content, top }))
        )
        for (const { path, content, top } of told) {
          if (top === undefined) throw new Error(`nothing is told of ${path}\n${dockerfile}`)
          const isLink = content.startsWith("-> ")
          if (!isLink) expect([path, contentOf(top, path), dockerfile]).toEqual([path, content, dockerfile])
          expect(linesFit(dockerfile, top)).toBe(true)
        }
        yield* build(given)
        for (const { path, top } of told) expect((yield* blame("app", path)).layers[0]).toEqual(top)
      }),
    { fastCheck: { numRuns: 8 }, timeout: 90_000 }
  )
})
