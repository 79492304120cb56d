/** At most `width` characters, the last of which is `…` where something was cut. */
export const ellipsis = (text: string, width: number): string => {
  const characters = Array.from(text)
  if (characters.length <= width) return text
  return width <= 1 ? characters.slice(0, width).join("") : `${characters.slice(0, width - 1).join("")}…`
}

/** The first 12 characters of an id, without its algorithm: how ids are shown to people. */
export const shortId = (id: string): string => id.slice(id.indexOf(":") + 1).slice(0, 12)
