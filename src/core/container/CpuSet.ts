/** The numbers of a list such as `0-2,5`; undefined where it is none. Source: cpuset(7), "List format". */
export const parse = (text: string): ReadonlySet<number> | undefined => {
  const found = new Set<number>()
  for (const part of text.trim().split(",")) {
    const [, first, last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) return undefined
    for (let number = Number(first); number <= Number(last); number++) found.add(number)
  }
  return found
}
