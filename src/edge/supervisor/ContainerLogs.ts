import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ContainerPaths } from "../../core/store/LayoutPaths.js"
import type { LogEntry } from "./LogEntry.js"
import type { LogFileError } from "./LogFile.js"
import * as LogReader from "./LogReader.js"
import type * as LogSearch from "./LogSearch.js"

/** The logs of containers, whoever writes them. */
export class ContainerLogs extends Context.Tag("kasane/edge/supervisor/ContainerLogs")<
  ContainerLogs,
  {
    /** What is in the log now. */
    readonly read: (paths: ContainerPaths, query: LogSearch.LogQuery) => Stream.Stream<LogEntry, LogFileError>
    /** And what is added, until `ended` has completed: then nothing more will be written. */
    readonly follow: (
      paths: ContainerPaths,
      query: LogSearch.LogQuery,
      ended: Effect.Effect<void>
    ) => Stream.Stream<LogEntry, LogFileError>
  }
>() {}

/** The json-file logs beside the containers. */
export const service: ContainerLogs["Type"] = ContainerLogs.of({
  read: (paths, query) => LogReader.read(paths.log, query),
  follow: (paths, query, ended) => LogReader.follow(paths.log, query, ended)
})
