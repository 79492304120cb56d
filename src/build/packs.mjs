/**
 * Chunks put together into packs: those that the same of the `sessions` (each the names of the chunks that one command
 * loaded) load share one, so that a start opens few files and no command reads what it does not run. A chunk that no
 * session loaded is a pack of its own. The first pack is the one that every session loads.
 *
 * `chunks` maps a chunk's file name to its source as `asScript` gives it. Gives the packs' sources by name, each an
 * expression for the list of its modules' functions, and `place`: chunk name to "./PACK/INDEX", what `require` takes.
 */
export const asPacks = (chunks, sessions) => {
  const groups = new Map()
  for (const name of [...chunks.keys()].sort()) {
    const used = sessions.map((session) => (session.has(name) ? "1" : "0")).join("")
    const key = used.includes("1") ? `~${used}` : name
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  const ordered = [...groups].sort(([a], [b]) => (a < b ? 1 : -1))
  const place = new Map()
  ordered.forEach(([, names], pack) => {
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
    ordered.map(([, names], pack) => [
      `p${pack}`,
      `[${names.map((name) => moved(chunks.get(name))).join(",\n")}]`
    ])
  )
  return { sources, place }
}
