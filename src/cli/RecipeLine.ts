import type { Flags } from "../core/container/Flags.js"
import type { Recipe } from "../core/container/Recipe.js"
import type { Connection } from "../core/network/Connections.js"
import * as ContainerFlags from "./ContainerFlags.js"
import * as Grammar from "./Grammar.js"
import * as MadeFlags from "./MadeFlags.js"

const table = [
  ContainerFlags.making.name,
  ...Object.values(MadeFlags.kept),
  ...Object.values(ContainerFlags.flags)
]

const isLetter = ([flag]: Grammar.Given): boolean => flag.arity === "switch" && flag.short !== undefined

/** The flags in the order of the help, switches of one letter in front (`-dit`). */
export const given = (flags: Flags): ReadonlyArray<Grammar.Given> => {
  const all = table.flatMap((flag) => (flags[flag.name] ?? []).map((text): Grammar.Given => [flag, text]))
  return [...all.filter(isLetter), ...all.filter((one) => !isLetter(one))]
}

const rules = { interspersed: false }

/** The words of the command. */
export const words = ({ by, flags, image, command }: Recipe): ReadonlyArray<string> => [
  "kasane",
  by,
  ...Grammar.spell(rules, { _tag: "Line", given: given(flags), args: [image, ...command] })
]

/** The same in pieces, a flag each. */
export const lines = ({ by, flags, image, command }: Recipe): ReadonlyArray<ReadonlyArray<string>> => [
  ["kasane", by],
  ...given(flags).map((one) => Grammar.spell(rules, { _tag: "Line", given: [one], args: [] })),
  Grammar.spell(rules, { _tag: "Line", given: [], args: [image, ...command] })
]

const option = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}`, value])

/** The words of the command that connects a container to a network as it is. */
export const connect = (
  container: string,
  { network, aliases, ip, ip6, links }: Connection
): ReadonlyArray<string> => [
  "kasane",
  "network",
  "connect",
  ...aliases.flatMap((alias) => option("alias", alias)),
  ...option("ip", ip),
  ...option("ip6", ip6),
  ...links.flatMap((link) => option("link", link)),
  network,
  container
]
