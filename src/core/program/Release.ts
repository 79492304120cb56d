import * as Program from "./Program.js"
import { because, here, type Maker, number } from "./Steps.js"

/** A program of the host or the container that runs at a point of the set-up. */
export interface HookCommand {
  /** Absolute. */
  readonly path: string
  readonly args: ReadonlyArray<string>
  readonly env: ReadonlyArray<string>
  /** It is killed after that many seconds; undefined: never. */
  readonly timeout_s: number | undefined
}

/**
 * How a container that is set up waits for its start. Two FIFOs, by absolute host path: one byte in `gate` lets it go on; what goes wrong from
 * then on is reported to `reports`, whose end means that the command executes. `state` is the file that hooks read on stdin.
 * Source: runtime-spec, runtime.md, "Lifecycle".
 */
export interface Release {
  readonly gate: string
  readonly reports: string
  readonly state: string
  /** Run in the container's namespaces before its root becomes `/`. */
  readonly createContainer: ReadonlyArray<HookCommand>
  /** Run in the container right before its command. */
  readonly startContainer: ReadonlyArray<HookCommand>
}

const gate = Program.result("start gate")
const reports = Program.result("start reports")
const state = Program.result("hooks' state")

/** Where they are once everything else is closed; the order is that of opening, so none is in another's place. */
const places = { gate: Program.gateFd, reports: Program.gateFd + 1, state: Program.gateFd + 2 }

const S_IFIFO = 0o010000

const why = "policy: created is not started; one byte starts it"

/** Made, and opened for reading and writing: neither this blocks, nor a starter that is gone ends the wait. */
const openFifo = (path: string, fd: Program.Result): ReadonlyArray<Program.Step> => {
  const { call } = because("command", why)
  return [
    call("mknodat", [here, Program.text(path), number(S_IFIFO | 0o600), number(0)]),
    call("openat", [here, Program.text(path), Program.flags("O_RDWR", "O_NOCTTY", "O_CLOEXEC")], {
      store: fd.name
    })
  ]
}

const hasHooks = ({ createContainer, startContainer }: Release): boolean =>
  createContainer.length + startContainer.length > 0

/** Opens what the wait needs, before the split: in a user namespace of its own the process may not reach it any more. */
export const open = (release: Release | undefined): ReadonlyArray<Program.Step> =>
  release === undefined
    ? []
    : [
        ...openFifo(release.gate, gate),
        ...openFifo(release.reports, reports),
        ...(hasHooks(release)
          ? [
              because("command", "policy: hooks read the container's state").call(
                "openat",
                [here, Program.text(release.state), Program.flags("O_RDONLY", "O_CLOEXEC")],
                { store: state.name }
              )
            ]
          : [])
      ]

/** One hook, waited for; anything but success ends the set-up. `input` is at the state's descriptor. */
const runHook = (hook: HookCommand, name: string, input: Program.Value): ReadonlyArray<Program.Step> => {
  const maker = because("command", `hook ${name}: ${hook.path}`)
  const { call, decodeWaitStatus, fail } = maker
  const child = Program.result(`hook ${name}`)
  const status = Program.buffer(`hook ${name}, wait status`, 8)
  const [waits, done] = [`hook ${name} runs`, `hook ${name} is done`]
  return [
    call("clone", [Program.flags("SIGCHLD")], { store: child.name, onPositive: waits }),
    call("lseek", [input, number(0), Program.flags("SEEK_SET")]),
    call("dup3", [input, number(0), number(0)]),
    ...(hook.timeout_s === undefined
      ? []
      : [
          call("setitimer", [
            Program.flags("ITIMER_REAL"),
            Program.struct(...[Program.u64(0), Program.u64(0), Program.u64(hook.timeout_s), Program.u64(0)]),
            number(0)
          ])
        ]),
    call("execve", [Program.text(hook.path), Program.texts(hook.args), Program.texts(hook.env)]),
    call("wait4", [child, status, Program.flags("__WALL")], { label: waits }),
    decodeWaitStatus(status, { store: `hook ${name}, exit code`, onZero: done }),
    // ECANCELED
    fail(number(-125)),
    landing(maker, done)
  ]
}

const landing = ({ subtract }: Maker, label: string): Program.Step =>
  subtract(number(0), number(0), { label })

/** The createContainer hooks: everything is mounted, and paths are still the host's. */
export const beforePivot = (release: Release | undefined): ReadonlyArray<Program.Step> =>
  (release?.createContainer ?? []).flatMap((hook, index) => runHook(hook, `createContainer ${index}`, state))

/** Moves what must outlive the set-up's other descriptors. A descriptor that is in its place already gives EINVAL. */
export const keep = (release: Release | undefined): ReadonlyArray<Program.Step> => {
  if (release === undefined) return []
  const { call } = because("command", why)
  const move = (fd: Program.Result, to: number) =>
    call("dup3", [fd, number(to), Program.flags("O_CLOEXEC")], { tolerate: ["EINVAL"] })
  return [
    move(gate, places.gate),
    move(reports, places.reports),
    ...(hasHooks(release) ? [move(state, places.state)] : [])
  ]
}

/** The first descriptor that nothing needs any more. */
export const firstFree = (release: Release | undefined): number => {
  if (release === undefined) return Program.reportFd + 1
  return hasHooks(release) ? places.state + 1 : places.state
}

/**
 * Waits for the byte. The report descriptor becomes the FIFO's: the creator's pipe ends with that, which tells it that all went well.
 * Then the startContainer hooks run.
 */
export const wait = (release: Release): ReadonlyArray<Program.Step> => {
  const { call } = because("command", why)
  return [
    call("dup3", [number(places.reports), number(Program.reportFd), Program.flags("O_CLOEXEC")]),
    call("close", [number(places.reports)]),
    call("read", [number(places.gate), Program.buffer("start", 8), number(1)]),
    call("close", [number(places.gate)]),
    ...release.startContainer.flatMap((hook, index) =>
      runHook(hook, `startContainer ${index}`, number(places.state))
    )
  ]
}
