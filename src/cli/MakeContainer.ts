import * as fs from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { filesNeeded } from "../core/container/Caller.js"
import type { Flags } from "../core/container/Flags.js"
import type { Made } from "../core/container/KeptRequest.js"
import * as Platform from "../core/oci/Platform.js"
import * as Errno from "../core/program/Errno.js"
import { SelfCommand } from "../edge/host/SelfCommand.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import { create } from "../engine/Create.js"
import { planRun } from "../engine/PlanRun.js"
import type { Failure } from "./Command.js"
import * as ContainerFlags from "./ContainerFlags.js"

type Values = Parameters<typeof ContainerFlags.given>[0]

/** How the container is made rather than what it is. */
export interface Making {
  readonly cidfile: string | undefined
  readonly name: string | undefined
  readonly platform: string | undefined
  readonly pull: string | undefined
  readonly quiet: boolean
}

const fail = (message: string): Effect.Effect<never, Failure> => Effect.fail({ message })

const pulls = ["always", "missing", "never"] as const
type Pull = (typeof pulls)[number]

const pullOf = (text: string | undefined): Effect.Effect<Pull, Failure> => {
  const found = text === undefined || text === "" ? "missing" : pulls.find((one) => one === text)
  return found === undefined
    ? fail(`invalid pull option: '${text}': must be one of "always", "missing" or "never"`)
    : Effect.succeed(found)
}

/** The system's text of an error number, as Go prints it. */
const reasonOf = (cause: unknown): string => {
  const errno = typeof cause === "object" && cause !== null && "errno" in cause ? Number(cause.errno) : 0
  return Errno.messageOf(Math.abs(errno))
}

/** The most that a file of variables or a seccomp profile may have: what is no such file, as /dev/zero, has no end. */
const largest_bytes = 16 * 1024 * 1024

/** The text of a file or pipe; undefined when it is larger than any that is meant. */
const textOf = (path: string): string | undefined => {
  const fd = fs.openSync(path, "r")
  try {
    const chunks: Array<Buffer> = []
    for (let total = 0; total <= largest_bytes; ) {
      const chunk = Buffer.alloc(64 * 1024)
      const count = fs.readSync(fd, chunk)
      if (count === 0) return Buffer.concat(chunks).toString("utf8")
      chunks.push(chunk.subarray(0, count))
      total += count
    }
    return undefined
  } finally {
    fs.closeSync(fd)
  }
}

/** The texts of the files that flags name. */
export const readFiles = (flags: Flags): Effect.Effect<Readonly<Record<string, string>>, Failure> =>
  Effect.gen(function* () {
    const texts: Record<string, string> = {}
    for (const { path, complaint } of filesNeeded(flags)) {
      const text = yield* Effect.try({
        try: () => textOf(path),
        catch: (cause): Failure => ({ message: `${complaint}open ${path}: ${reasonOf(cause)}` })
      })
      if (text === undefined) {
        return yield* Effect.fail<Failure>({ message: `${complaint}${path} is larger than 16 MiB` })
      }
      texts[path] = text
    }
    return texts
  })

/** The image could not be had. What the pull itself ended with is not this command's exit code. */
class PullFailed extends Data.TaggedError("PullFailed")<{ readonly message: string }> {}

/** Pulls with a command of our own, whose lines but the last (the reference) are shown where errors go. */
const pullImage = (image: string, { platform, quiet }: Making) =>
  Effect.gen(function* () {
    const self = yield* SelfCommand
    const told: Array<string> = []
    const show = (line: string) => {
      const before = told.pop()
      if (before !== undefined && !quiet) fs.writeSync(2, `${before}\n`)
      told.push(line)
    }
    const where = platform === undefined ? [] : ["--platform", platform]
    yield* self.run(["pull", ...where, "--", image], show)
  }).pipe(Effect.mapError(({ message }) => new PullFailed({ message })))

const host: Platform.Platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" }

const parsePlatform = (text: string) => Platform.parse(text, host)

const fits = (stored: StoredImage, platform: string | undefined): boolean => {
  if (platform === undefined) return true
  const wanted = parsePlatform(platform)
  if (Either.isLeft(wanted)) return false
  const { architecture, os } = stored.record
  return wanted.right.os === os && wanted.right.architecture === architecture
}

/** The image to make the container of: the store's, or what is pulled because --pull asks for it. */
const findImage = (image: string, making: Making, pull: Pull) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const terminal = yield* Terminal
    if (making.platform !== undefined && Either.isLeft(parsePlatform(making.platform))) {
      return yield* fail(
        `error parsing specified platform: ${JSON.stringify(making.platform)}: cannot parse platform specifier: invalid argument`
      )
    }
    const wanted = making.platform === undefined ? undefined : parsePlatform(making.platform)
    const local = images.resolve(
      image,
      wanted === undefined || Either.isLeft(wanted) ? undefined : wanted.right
    )
    if (pull === "always") {
      yield* pullImage(image, making)
      return yield* local
    }
    const found = yield* Effect.either(local)
    if (Either.isRight(found) && fits(found.right, making.platform)) return found.right
    if (Either.isLeft(found) && (found.left.reason !== "Missing" || pull === "never"))
      return yield* Effect.fail(found.left)
    const tagged = /[:@]/.test(image.slice(image.lastIndexOf("/") + 1)) ? image : `${image}:latest`
    yield* terminal.err(`Unable to find image '${tagged}' locally\n`)
    yield* pullImage(image, making)
    return yield* local
  })

type Given = Values & { readonly rm?: unknown }

/** The container that the command line asks for, and where its image comes from. */
const requestOf = (values: Given, making: Making, words: ReadonlyArray<string>, made: Made, pull: Pull) =>
  Effect.gen(function* () {
    const [image = "", ...command] = words
    const flags = ContainerFlags.given(values)
    return {
      image,
      flags,
      command,
      caller: {
        environment: process.env,
        workingDirectory: process.cwd(),
        files: yield* readFiles(flags)
      },
      name: making.name === "" ? undefined : making.name,
      autoRemove: values.rm === true,
      made,
      findImage: findImage(image, making, pull)
    }
  })

/** Makes the container that the command line asks for. */
export const makeContainer = (values: Given, making: Making, words: ReadonlyArray<string>, made: Made) =>
  Effect.gen(function* () {
    const pull = yield* pullOf(making.pull)
    const { cidfile } = making
    if (cidfile !== undefined && fs.existsSync(cidfile)) {
      return yield* fail(
        `container ID file found, make sure the other container isn't running or delete ${cidfile}`
      )
    }
    const container = yield* create(yield* requestOf(values, making, words, made, pull))
    if (cidfile !== undefined) {
      yield* Effect.try({
        try: () => fs.writeFileSync(cidfile, container.record.id, { flag: "wx", mode: 0o644 }),
        catch: (cause): Failure => ({ message: `failed to create the container ID file: ${String(cause)}` })
      })
    }
    return container
  })

/** The program that would start that container; nothing is pulled, made or started. */
export const planContainer = (values: Given, making: Making, words: ReadonlyArray<string>, made: Made) =>
  Effect.flatMap(requestOf(values, making, words, made, "never"), planRun)
