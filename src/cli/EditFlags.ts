import * as Edit from "../core/container/Edit.js"
import type { Flags } from "../core/container/Flags.js"
import * as ContainerFlags from "./ContainerFlags.js"
import * as Flag from "./Flag.js"
import { texts } from "./Values.js"

const suffix = "-rm"

/** One name for three: what is shown at a place in the container, however that was asked for. */
const named: Readonly<Record<string, string>> = {
  mount: "Remove what is mounted at a path, by --mount, --volume or --tmpfs",
  network: "Disconnect from a network",
  publish: "Remove published ports, by port of the container (80, 53/udp) or as written"
}

const removable = [
  ...Object.keys(Edit.lists).filter((name) => name !== "volume" && name !== "tmpfs"),
  "network"
]

/** `--env-rm NAME` for `--env`, and so on: a flag for each that can be given several times. */
const removals: Readonly<Record<string, Flag.Flag<ReadonlyArray<string>>>> = Object.fromEntries(
  removable
    .sort()
    .map((name) => [
      `remove ${name}`,
      Flag.texts(`${name}${suffix}`, { help: named[name] ?? `Remove what --${name} gave` })
    ])
)

/** What changes a container. */
export const flags = {
  ...ContainerFlags.flags,
  name: Flag.text("name", { help: "Give the container another name" }),
  ...removals,
  unset: Flag.texts("unset", { help: "Leave a flag to its default, by its long name (memory)" })
} as const

type Values = { readonly [Key in keyof typeof ContainerFlags.flags]?: unknown } & {
  readonly unset: ReadonlyArray<string>
}

/** The changes that a line asks for. */
export const changes = (values: Values, command: ReadonlyArray<string>): Edit.Changes => ({
  set: ContainerFlags.given(values),
  remove: removed(values),
  unset: values.unset.map((name) => name.replace(/^--/, "")),
  command: command.length === 0 ? undefined : command
})

const removed = (values: object): Flags =>
  Object.fromEntries(
    Object.entries(texts(removals, { ...values })).map(([name, given]) => [
      name.slice(0, -suffix.length),
      given
    ])
  )
