import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as SourceExcerpt from "../../../src/core/dockerfile/SourceExcerpt.js"
import type { PlanError } from "../../../src/core/plan/PlanError.js"
import * as Planner from "../../../src/core/plan/Planner.js"
import * as Corpus from "../../support/Corpus.js"
import { image, options } from "./planning.js"

/** Message, reason, excerpt. */
const errorText = (text: string, { message, reason, range }: PlanError): string =>
  [message, reason, SourceExcerpt.render(text, "Dockerfile", [range.start.line, range.end.line])].join("\n")

describe("files that parse and cannot be planned", () => {
  it.each(Corpus.names("unplannable"))("%s", (name) => {
    const text = new TextDecoder().decode(Corpus.read("unplannable", name))
    const dockerfile = Either.getOrThrow(Parser.parse(text))
    const outcome = Planner.plan(dockerfile, options, ({ reference }) => image(reference))
    if (Either.isRight(outcome)) throw new Error("it can be planned")
    Corpus.compare("unplannable", name, errorText(text, outcome.left))
  })
})
