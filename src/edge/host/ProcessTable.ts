import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** The host's `ps` failed or said something unreadable. */
export class ProcessTableError extends Data.TaggedError("ProcessTableError")<{ readonly message: string }> {}

/** What `ps` shows: the titles of its columns, and a row for each process. */
export interface Table {
  readonly titles: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

/** The processes of this machine. */
export class ProcessTable extends Context.Tag("kasane/edge/host/ProcessTable")<
  ProcessTable,
  {
    /** Those that share the pid namespace of a process, as the host's `ps` with these arguments (`-ef`) shows them. */
    readonly inNamespaceOf: (
      pid: number,
      psArguments: ReadonlyArray<string>
    ) => Effect.Effect<Table, ProcessTableError>
  }
>() {}

const namespaceOf = (pid: number | string): string | undefined => {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}

/** Every process with the same pid namespace; nested ones belong to the container too, but ps cannot tell. */
const members = (pid: number): ReadonlySet<string> => {
  const wanted = namespaceOf(pid)
  return new Set(
    fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && wanted !== undefined && namespaceOf(name) === wanted)
  )
}

const parse = (text: string, pids: ReadonlySet<string>): Table | undefined => {
  const [head = "", ...lines] = text.trimEnd().split("\n")
  const titles = head.trim().split(/\s+/)
  const pidColumn = titles.indexOf("PID")
  if (pidColumn === -1) return undefined
  const rows = lines
    .map((line) => {
      const cells = line.trim().split(/\s+/)
      return [...cells.slice(0, titles.length - 1), cells.slice(titles.length - 1).join(" ")]
    })
    .filter((cells) => pids.has(cells[pidColumn] ?? ""))
  return { titles, rows }
}

/** By /proc and the host's `ps`. */
export const service: ProcessTable["Type"] = ProcessTable.of({
  inNamespaceOf: (pid, psArguments) =>
    Effect.async((resume) => {
      const args = psArguments.length === 0 ? ["-ef"] : psArguments
      childProcess.execFile("ps", [...args], { maxBuffer: 1 << 26 }, (cause, stdout, stderr) => {
        const table = cause === null ? parse(stdout, members(pid)) : undefined
        resume(
          table === undefined
            ? Effect.fail(
                new ProcessTableError({
                  message:
                    cause === null
                      ? "Couldn't find PID field in ps output"
                      : `ps: ${stderr.trim() || cause.message}`
                })
              )
            : Effect.succeed(table)
        )
      })
    })
})
