import * as Program from "./Program.js"
import * as Report from "./Report.js"
import { because, here, type Maker, number } from "./Steps.js"
import type { Supervision } from "./Supervision.js"

const status = Program.buffer("wait status", 8)
const time = Program.buffer("time", 16)
const events = Program.buffer("memory events", 1024)

/** What SIGPIPE (13) does. The kernel's struct sigaction is handler, flags, restorer, mask on both machines. */
export const onBrokenPipe = (call: Maker["call"], handler: "ignore" | "default"): Program.Step =>
  call("rt_sigaction", [
    number(13),
    Program.struct(Program.u64(handler === "ignore" ? 1 : 0), Program.u64(0), Program.u64(0), Program.u64(0)),
    number(0),
    number(8)
  ])

/** The first steps of the process that becomes the monitor. */
export const prelude = (supervision: Supervision): ReadonlyArray<Program.Step> => {
  const { call, subtract, fail } = because(
    "monitor",
    "policy: a clean start, whatever the starter ignores or holds"
  )
  const { lifetime } = supervision
  const bound = because("monitor", "policy: a build step ends with its build")
  return [
    call("fcntl", [number(Program.reportFd), Program.flags("F_SETFD"), Program.flags("FD_CLOEXEC")]),
    call("chdir", [Program.text("/")]),
    // A report to a starter that was killed must not kill the monitor.
    onBrokenPipe(call, "ignore"),
    call("umask", [number(0)]),
    ...(lifetime._tag !== "Bound"
      ? []
      : [
          bound.call("prctl", [Program.flags("PR_SET_PDEATHSIG"), Program.flags("SIGKILL")]),
          bound.call("getppid", [], { store: "starter" }),
          bound.subtract(Program.result("starter"), number(lifetime.starter), { onZero: "starter lives" }),
          fail(number(-3), { label: "starter is gone" }),
          subtract(number(0), number(0), { label: "starter lives" })
        ])
  ]
}

const writeStatus = (path: string, oomEvents: string | undefined): ReadonlyArray<Program.Step> => {
  const { call } = because("monitor", "policy: how it ended is known even when nobody waits")
  const fresh = Program.text(`${path}.new`)
  const file = Program.result("status file")
  const copyEvents =
    oomEvents === undefined
      ? []
      : [
          call("openat", [here, Program.text(oomEvents), Program.flags("O_RDONLY", "O_CLOEXEC")], {
            store: "events file",
            tolerate: "any",
            onNegative: "no events"
          }),
          call("read", [Program.result("events file"), events, number(events.size_bytes)], {
            store: "events size",
            tolerate: "any",
            onNegative: "no events"
          }),
          call("write", [file, events, Program.result("events size")])
        ]
  return [
    call("clock_gettime", [Program.flags("CLOCK_REALTIME"), time]),
    // A container removed meanwhile has no directory any more; then nobody will ask.
    call(
      "openat",
      [here, fresh, Program.flags("O_WRONLY", "O_CREAT", "O_TRUNC", "O_CLOEXEC"), number(0o644)],
      {
        store: "status file",
        tolerate: "any",
        onNegative: "ended"
      }
    ),
    call("write", [file, status, number(status.size_bytes)], { tolerate: "any" }),
    call("write", [file, time, number(time.size_bytes)], { tolerate: "any" }),
    ...copyEvents,
    call("renameat2", [here, fresh, here, Program.text(path), number(0)], {
      label: "no events",
      tolerate: "any"
    })
  ]
}

/** Closes every descriptor but those that are held for the container. */
const letGo = (held: Supervision["held"]): ReadonlyArray<Program.Step> => {
  const { call } = because(
    "monitor",
    held === undefined
      ? "policy: holds nothing of the starter"
      : "policy: holds nothing but the container's ports and its terminal"
  )
  const close = (first: number, last: number) => call("close_range", [number(first), number(last), number(0)])
  return held === undefined
    ? [close(0, 0xffffffff)]
    : [
        close(0, held.first - 1),
        close(held.first + held.count, 0xffffffff),
        // EINVAL: no Yama, and nothing to ask for.
        because("monitor", "policy: this user's next relay may fetch what is held (pidfd_getfd)").call(
          "prctl",
          [Program.flags("PR_SET_PTRACER"), number(-1)],
          { tolerate: ["EINVAL"] }
        )
      ]
}

/** Tells the starter the pid of `child`. */
export const tell = (label: string, child: Program.Result): ReadonlyArray<Program.Step> => [
  because("monitor", "policy: the starter learns the pid").call(
    "write",
    [
      number(Program.reportFd),
      Program.struct(Program.u32(Report.kinds.started), Program.u32(0), Program.saved(child.name)),
      number(Report.reportSize_bytes)
    ],
    // Nobody reads when the starter was killed; the container goes on.
    { label, tolerate: ["EPIPE"] }
  )
]

/**
 * The parent's half after the split: tells the child's pid, and ends where somebody else adopts the child; else lets go of every
 * descriptor, waits, writes the status file, exits with the child's exit code. The clone jumps to `label`. `awaited` is whose end counts, when that is not the
 * child itself but one that it left behind.
 */
export const monitor = (
  label: string,
  { lifetime, oomEvents, held }: Supervision,
  child: Program.Result,
  statusFile: string | undefined,
  awaited: Program.Value = child
): ReadonlyArray<Program.Step> => {
  const { call, decodeWaitStatus } = because(
    "monitor",
    "policy: someone must wait for the container's process"
  )
  const told = tell(label, child)
  if (lifetime._tag === "Adopted") return [...told, call("exit_group", [number(0)])]
  return [
    ...told,
    ...letGo(held),
    call("wait4", [awaited, status, Program.flags("__WALL")]),
    decodeWaitStatus(status, { store: "exit code" }),
    ...(statusFile === undefined ? [] : writeStatus(statusFile, oomEvents)),
    call("exit_group", [Program.result("exit code")], { label: "ended" })
  ]
}
