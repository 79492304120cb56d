import type { CopiedEntry } from "../container/Mount.js"
import { walkArguments } from "./Descriptor.js"
import * as Program from "./Program.js"
import { type Maker, number } from "./Steps.js"

/** The most that one sendfile moves. Source: sendfile(2). */
const chunk_bytes = 0x7ffff000

const file = (
  { call }: Maker,
  path: string,
  size_bytes: number,
  from: Program.Result,
  to: Program.Result
): ReadonlyArray<Program.Step> => {
  const made = Program.result(`copy of ${path}, in ${to.name}`)
  const source = Program.result(`source of ${path}, in ${to.name}`)
  const chunks = Math.ceil(size_bytes / chunk_bytes)
  return [
    call(
      "openat",
      [
        to,
        Program.text(path),
        Program.flags("O_WRONLY", "O_CREAT", "O_EXCL", "O_NOFOLLOW", "O_CLOEXEC"),
        number(0o600)
      ],
      { store: made.name }
    ),
    call("openat2", walkArguments(from, path, "this mount", "O_RDONLY"), { store: source.name }),
    ...Array.from({ length: chunks }, () => call("sendfile", [made, source, number(0), number(chunk_bytes)])),
    call("close", [source]),
    call("close", [made])
  ]
}

/** The entry itself, with whatever owner and mode it gets at first. */
const make = (maker: Maker, entry: CopiedEntry, from: Program.Result, to: Program.Result) => {
  const path = Program.text(entry.path)
  switch (entry.kind._tag) {
    case "Directory":
      return entry.path === "." ? [] : [maker.call("mkdirat", [to, path, number(0o700)])]
    case "Link":
      return [maker.call("symlinkat", [Program.text(entry.kind.target), to, path])]
    case "File":
      return file(maker, entry.path, entry.kind.size_bytes, from, to)
  }
}

/**
 * Fills the fresh file system at `to` with entries of the tree at `from`, whose contents are read then and there. Nobody else can
 * reach `to` yet, so its paths lead where they say.
 */
export const copyTree = (
  maker: Maker,
  entries: ReadonlyArray<CopiedEntry>,
  from: Program.Result,
  to: Program.Result
): ReadonlyArray<Program.Step> => {
  // A place that can be read from: what is there was opened as a mere path.
  const tree = Program.result(`tree for ${to.name}`)
  return [
    maker.call("openat2", walkArguments(from, ".", "this mount", "O_RDONLY", "O_DIRECTORY"), {
      store: tree.name
    }),
    ...entries.flatMap((entry) => [
      ...make(maker, entry, tree, to),
      maker.call("fchownat", [
        to,
        Program.text(entry.path),
        number(entry.uid),
        number(entry.gid),
        Program.flags("AT_SYMLINK_NOFOLLOW")
      ]),
      ...(entry.kind._tag === "Link"
        ? []
        : [maker.call("fchmodat", [to, Program.text(entry.path), number(entry.mode)])])
    ]),
    maker.call("close", [tree])
  ]
}
