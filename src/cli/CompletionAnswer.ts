import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Reference from "../core/oci/Reference.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import { type Candidate, type Completion, commandOf, completeCommand, completeProgram } from "./Completion.js"

const familiar = (name: string) =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

const bare = (words: ReadonlyArray<string>) => words.map((word): Candidate => ({ word, help: "" }))

const candidates = (completion: Completion) =>
  Effect.gen(function* () {
    if (completion._tag === "Words") return completion.candidates
    if (completion._tag === "Files") return []
    switch (completion.of) {
      case "image":
        return bare((yield* (yield* ImageStore).list).flatMap(({ names }) => names.map(familiar)))
      case "container":
        return bare((yield* (yield* ContainerStore).list).map(({ record }) => record.name))
      case "network":
        return bare((yield* (yield* NetworkStore).list).map(({ name }) => name))
      case "volume":
        return bare((yield* (yield* VolumeStore).list).map(({ record }) => record.name))
    }
  })

/**
 * What the shells' completion scripts ask for: the words before the cursor and what is there of the one under it, answered
 * with one candidate a line, its help after a tab.
 */
export const answer = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const before = words.slice(0, -1)
    const current = words.at(-1) ?? ""
    const known = commandOf(before)
    const completion =
      known === undefined
        ? completeProgram(before, current)
        : completeCommand((yield* Effect.promise(known.entry.load)).default, known.rest, current)
    const fitting = (yield* candidates(completion)).filter(({ word }) => word.startsWith(current))
    return fitting.map(({ word, help }) => `${word}\t${help}\n`).join("")
  })
