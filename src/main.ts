import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { Command } from "./cli/Command.js"
import { dispatch } from "./cli/Dispatch.js"
import { present } from "./cli/Failed.js"
import type { Globals } from "./cli/Globals.js"
import type { Line } from "./cli/Grammar.js"
import { logger } from "./cli/PeopleLogger.js"
import type { Route } from "./cli/Route.js"
import { exitNow } from "./edge/linux/Libc.js"
import { Terminal } from "./edge/terminal/Terminal.js"
import * as TerminalNode from "./edge/terminal/TerminalNode.js"
import { version } from "./version.js"

const store = ({ root }: Globals) =>
  Layer.unwrapEffect(
    Effect.promise(async () => {
      const [{ ofProcess }, { layerFs }] = await Promise.all([
        import("./edge/store/StorePlace.js"),
        import("./edge/store/StoreLive.js")
      ])
      const { dir, identity } = ofProcess(root)
      return layerFs(dir, identity)
    })
  )

const registry = ({ root }: Globals) =>
  Layer.unwrapEffect(
    Effect.promise(async () => {
      const [os, { ofProcess }, { layer }] = await Promise.all([
        import("node:os"),
        import("./edge/store/StorePlace.js"),
        import("./edge/registry/RegistryLive.js")
      ])
      return layer({ root: ofProcess(root).dir, home: os.homedir(), environment: process.env })
    })
  )

const imageLayouts = Layer.unwrapEffect(
  Effect.promise(async () => (await import("./edge/archive/ImageLayoutsFs.js")).layer)
)
const userTerminal = Layer.unwrapEffect(
  Effect.promise(async () => (await import("./edge/terminal/UserTerminalNode.js")).layer)
)
const containers = ({ root }: Globals) =>
  Layer.unwrapEffect(
    Effect.promise(async () => {
      const [{ ofProcess }, { layer }, SelfCommand] = await Promise.all([
        import("./edge/store/StorePlace.js"),
        import("./edge/supervisor/ContainersLive.js"),
        import("./edge/host/SelfCommand.js")
      ])
      return layer(ofProcess(root).dir, SelfCommand.ofProcess())
    })
  )

/** A store and what its containers live on. */
const withContainers = (globals: Globals) => Layer.provideMerge(store(globals), containers(globals))

const errands = Layer.unwrapEffect(Effect.promise(async () => (await import("./cli/Errands.js")).layer))

const bundles = Layer.unwrapEffect(
  Effect.promise(async () => (await import("./edge/bundle/BundleLive.js")).layer)
)

const fileTrees = Layer.unwrapEffect(
  Effect.promise(async () => (await import("./edge/copy/FileTreesLinux.js")).layer)
)

const builder = ({ root }: Globals) =>
  Layer.unwrapEffect(
    Effect.promise(async () => {
      const [{ ofProcess }, { layer }] = await Promise.all([
        import("./edge/store/StorePlace.js"),
        import("./edge/build/BuilderLive.js")
      ])
      return layer(ofProcess(root).dir)
    })
  )

/** A command that passes signals on gets them itself: nothing of ours interrupts it. */
const ownSignals = Effect.sync(() => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal)
})

/**
 * For commands that stream, once their code is loaded (V8 takes no cached code that was compiled with other flags).
 * Bytes that stream through buffers make V8 mark the heap after every few megabytes, by small steps that cost ten times what marking our
 * small heap at once costs: two fifths of a pull's processor time.
 */
const forStreams = Effect.promise(async () => {
  const { setFlagsFromString } = await import("node:v8")
  setFlagsFromString("--no-incremental-marking")
})

/** The command's work with the services it needs: each layer is loaded and built only for the commands that need it. */
const wired = (command: Command, line: Line, globals: Globals) => {
  switch (command.needs) {
    case "nothing":
      return command.execute(line)
    case "store":
      return Effect.provide(command.execute(line), store(globals))
    case "transfer":
      return Effect.provide(
        Effect.zipRight(forStreams, command.execute(line)),
        Layer.provideMerge(store(globals), registry(globals))
      )
    case "copy":
      return Effect.provide(
        Effect.zipRight(forStreams, command.execute(line)),
        Layer.mergeAll(store(globals), registry(globals), imageLayouts)
      )
    case "build": {
      const kept = store(globals)
      const built = Layer.provideMerge(builder(globals), kept)
      const layers = Layer.mergeAll(built, registry(globals), imageLayouts)
      return Effect.provide(command.execute(line), layers)
    }
    case "manifest":
      return Effect.provide(command.execute(line), registry(globals))
    case "login":
      return Effect.provide(command.execute(line), Layer.merge(registry(globals), userTerminal))
    case "bundles":
      return Effect.provide(command.execute(line), bundles)
    case "files": {
      const kept = withContainers(globals)
      return Effect.provide(
        Effect.zipRight(forStreams, command.execute(line)),
        Layer.provideMerge(fileTrees, kept)
      )
    }
    case "containers":
      return Effect.provide(command.execute(line), withContainers(globals))
    case "supervision":
      return Effect.provide(command.execute(line), Layer.provideMerge(errands, withContainers(globals)))
  }
}

const levels: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: LogLevel.Debug,
  warn: LogLevel.Warning,
  error: LogLevel.Error,
  fatal: LogLevel.Fatal
}

const run = (asked: Extract<Route, { readonly _tag: "Command" }>) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { default: command } = yield* Effect.promise(asked.entry.load)
    const next = dispatch(asked.entry, asked.path, command, asked.argv)
    if (next._tag === "Answer") {
      yield* terminal.out(next.out)
      yield* terminal.err(next.err)
      return next.exitCode
    }
    const work = Effect.flatMap(
      command.answer?.(next.line, asked.globals) ?? Effect.succeed(undefined),
      (answer) => (answer === undefined ? wired(command, next.line, asked.globals) : Effect.succeed(answer))
    )
    return yield* (command.signals === "own" ? Effect.zipRight(ownSignals, work) : work).pipe(
      Logger.withMinimumLogLevel(levels[asked.globals.logLevel] ?? LogLevel.Info),
      Effect.catchAll((failure) => {
        const { err, exitCode } = present(failure, asked.path, command)
        return Effect.as(terminal.err(err), exitCode)
      })
    )
  })

const help = (topic: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { text } = yield* Effect.promise(() => import("./cli/HelpTopic.js"))
    yield* terminal.out(yield* text(topic))
    return 0
  })

/** A shell that asks wants words or silence: a store that cannot be read offers none. */
const complete = (words: ReadonlyArray<string>, globals: Globals) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const { answer } = yield* Effect.promise(() => import("./cli/CompletionAnswer.js"))
    const text = yield* Effect.orElseSucceed(Effect.provide(answer(words), store(globals)), () => "")
    yield* terminal.out(text)
    return 0
  })

const program = (asked: Route): Effect.Effect<number, never, Terminal> => {
  switch (asked._tag) {
    case "Command":
      return run(asked)
    case "Help":
      return help(asked.topic)
    case "Complete":
      return complete(asked.words, asked.globals)
    case "Version":
      return Effect.flatMap(Terminal, (terminal) => Effect.as(terminal.out(`kasane version ${version}\n`), 0))
    case "Misuse":
      return Effect.flatMap(Terminal, (terminal) =>
        Effect.as(terminal.err(`${asked.message}\n`), asked.exitCode)
      )
  }
}

/** 128 and the signal's number where a signal or a gone reader ended the command, as a shell would say it. */
const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return typeof exit.value === "number" ? exit.value : 0
  if (Cause.isInterruptedOnly(exit.cause)) return 130
  for (const defect of Cause.defects(exit.cause)) {
    if (defect instanceof TerminalNode.OutputClosed) return 141
  }
  process.stderr.write(`kasane: internal error, please report it\n${Cause.pretty(exit.cause)}\n`)
  return 70
}

/** Nobody watches the supervisor: what it tells is looked up later. */
const loggerOf = (asked: Route) =>
  asked._tag === "Command" && asked.path === "supervise" ? Logger.logfmtLogger : logger

const base = (asked: Route) =>
  Layer.provideMerge(
    TerminalNode.layer,
    Logger.replace(Logger.defaultLogger, Logger.withConsoleError(loggerOf(asked)))
  )

/** Runs what was asked and ends the process with its exit code. */
export const main = (asked: Route): void =>
  NodeRuntime.runMain(Effect.provide(program(asked), base(asked)), {
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit) => {
      process.once("exit", exitNow)
      process.exit(exitCode(exit))
    }
  })
