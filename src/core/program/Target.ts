import { below, type Walk, walkArguments } from "./Descriptor.js"
import * as Program from "./Program.js"
import { type Maker, number } from "./Steps.js"

const S_IFREG = 0o100000

const prefixes = (path: string): ReadonlyArray<{ readonly path: string; readonly name: string }> => {
  const names = below(path)
    .split("/")
    .filter((name) => name !== "")
  return names.map((name, index) => ({ path: names.slice(0, index + 1).join("/"), name }))
}

/** A step that does nothing: somewhere to go on at, whatever follows. */
export const landing = ({ subtract }: Maker, label: string): Program.Step =>
  subtract(number(0), number(0), { label })

/**
 * Opens the directory at `path` below `from`, as `fd`; what is missing is made (0755, by the current user), part by
 * part, each by the descriptor of its parent, so that a link put in the way meanwhile leads nowhere outside.
 */
export const openDirectory = (
  maker: Maker,
  from: Program.Result,
  path: string,
  walk: Walk,
  fd: string
): ReadonlyArray<Program.Step> => {
  const { call } = maker
  const parts = prefixes(path)
  const found = `${fd} is there`
  const open = (to: string) => walkArguments(from, to, walk, "O_PATH", "O_DIRECTORY")
  return [
    call("openat2", open(below(path)), {
      store: fd,
      tolerate: parts.length === 0 ? [] : ["ENOENT"],
      onZero: found,
      onPositive: found
    }),
    ...parts.flatMap((part, index) => {
      const parent = index === 0 ? from : Program.result(`${fd}, part ${index}`)
      const opened = index === parts.length - 1 ? fd : `${fd}, part ${index + 1}`
      return [
        call("mkdirat", [parent, Program.text(part.name), number(0o755)], { tolerate: ["EEXIST"] }),
        call("openat2", open(part.path), { store: opened })
      ]
    }),
    landing(maker, found)
  ]
}

/** The same for a file: it is made empty when it is missing. An existing directory is opened as what it is. */
export const openFile = (
  maker: Maker,
  from: Program.Result,
  path: string,
  walk: Walk,
  fd: string
): ReadonlyArray<Program.Step> => {
  const { call } = maker
  const parts = prefixes(path)
  const name = parts.at(-1)?.name ?? "."
  const parent = parts.at(-2)?.path ?? ""
  const found = `${fd} is there`
  const directory = `${fd}, directory`
  return [
    call("openat2", walkArguments(from, below(path), walk, "O_PATH"), {
      store: fd,
      tolerate: ["ENOENT"],
      onZero: found,
      onPositive: found
    }),
    ...openDirectory(maker, from, parent, walk, directory),
    call("mknodat", [Program.result(directory), Program.text(name), number(S_IFREG | 0o644), number(0)], {
      tolerate: ["EEXIST"]
    }),
    call("openat2", walkArguments(from, below(path), walk, "O_PATH"), { store: fd }),
    landing(maker, found)
  ]
}
