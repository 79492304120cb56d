/** What opening one more pack costs a start, as the length of source whose cached code takes as long to load. */
const opening_length = 6000

const count = (used, other, where) => used.filter((is, session) => where(is, other[session])).length

/** What the starts of all sessions lose when two groups are one: each then loads what it needs of neither. */
const loss = (a, b) =>
  a.length * count(a.used, b.used, (inA, inB) => !inA && inB) +
  b.length * count(a.used, b.used, (inA, inB) => inA && !inB) -
  opening_length * count(a.used, b.used, (inA, inB) => inA && inB)

const joined = (a, b) => ({
  names: [...a.names, ...b.names].sort(),
  length: a.length + b.length,
  used: a.used.map((is, session) => is || b.used[session])
})

/** Joins the two groups that gain most by it until none do. */
const join = (groups) => {
  const pairs = groups.flatMap((a, index) => groups.slice(index + 1).map((b) => ({ a, b, loss: loss(a, b) })))
  const best = pairs.reduce((least, pair) => (pair.loss < least.loss ? pair : least), { loss: 0 })
  if (best.loss >= 0) return groups
  return join([...groups.filter((group) => group !== best.a && group !== best.b), joined(best.a, best.b)])
}

/**
 * Chunks put together into packs, so that a start opens few files and no command reads much that it does not run: first
 * those that the same of the `sessions` (each the names of the chunks that one command loaded) load, then packs of these as
 * long as that makes the sessions' starts cheaper. A chunk that no session loaded is a pack of its own. The first pack is
 * the one that most sessions load.
 *
 * `chunks` maps a chunk's file name to its source as `asScript` gives it. Gives the packs' sources by name, each an
 * expression for the list of its modules' functions, and `place`: chunk name to "./PACK/INDEX", what `require` takes.
 */
export const asPacks = (chunks, sessions) => {
  const groups = new Map()
  const alone = []
  for (const [name, source] of [...chunks].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const group = { names: [name], length: source.length, used: sessions.map((session) => session.has(name)) }
    const key = group.used.join()
    if (!group.used.includes(true)) alone.push(group)
    else groups.set(key, groups.has(key) ? joined(groups.get(key), group) : group)
  }
  const uses = ({ used }) => used.filter(Boolean).length
  const ordered = [...join([...groups.values()]).sort((a, b) => uses(b) - uses(a)), ...alone]
  const place = new Map()
  ordered.forEach(({ names }, pack) => {
    names.forEach((name, index) => {
      place.set(name, `./p${pack}/${index}`)
    })
  })
  const moved = (source) =>
    source.replace(/(?<=require\(")\.\/([^"]+)(?="\))/g, (_, name) => {
      const to = place.get(name)
      if (to === undefined) throw new Error(`${name} is required but is no chunk`)
      return to
    })
  const sources = new Map(
    ordered.map(({ names }, pack) => [
      `p${pack}`,
      `[${names.map((name) => moved(chunks.get(name))).join(",\n")}]`
    ])
  )
  return { sources, place }
}
