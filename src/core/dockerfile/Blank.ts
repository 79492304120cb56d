/** The blanks that separate arguments on a line. A line end never is one: the lexer has cut it off. */
export const separators = /[\t\v\f\r ]+/

/** Unicode's White_Space property, which the language uses to trim lines and to find the ends of words. */
const space = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

export const isSpace = (char: string): boolean => space.test(char)

/** The first index at or after `from` that holds no space; the text's length if there is none. */
export const skip = (text: string, from: number): number => {
  let index = from
  while (index < text.length && isSpace(text.charAt(index))) index++
  return index
}

/** The end of the text without its trailing space, but not before `from`. */
export const trimmedEnd = (text: string, from = 0): number => {
  let end = text.length
  while (end > from && isSpace(text.charAt(end - 1))) end--
  return end
}

export const trim = (text: string): string => {
  const start = skip(text, 0)
  return text.slice(start, trimmedEnd(text, start))
}
