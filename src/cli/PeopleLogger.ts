import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"

const words: Readonly<Record<string, string>> = { WARN: "WARNING", ERROR: "ERROR", FATAL: "ERROR" }

const text = (message: unknown): string =>
  Array.isArray(message) ? message.map(String).join(" ") : String(message)

/** What a person is told who watches a command: `WARNING: …`. What helps to find a fault keeps its time and place. */
export const logger: Logger.Logger<unknown, string> = Logger.make((options) => {
  const { logLevel, message } = options
  return LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)
    ? `${words[logLevel.label] ?? logLevel.label}: ${text(message)}`
    : Logger.logfmtLogger.log(options)
})
