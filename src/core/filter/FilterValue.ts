/** A pattern as Docker's filters by name and id take it: a regular expression; what cannot be read as one is a text to be in it. */
export const matches = (pattern: string, text: string): boolean => {
  try {
    return new RegExp(pattern).test(text)
  } catch {
    return text.includes(pattern)
  }
}

/** `name`, or `name=value` with anything behind the first `=`. */
export const hasLabel = (labels: Readonly<Record<string, string>>, text: string): boolean => {
  const [name = "", value] = text.split(/=(.*)/s)
  return Object.hasOwn(labels, name) && (value === undefined || labels[name] === value)
}

const truth: Readonly<Record<string, boolean>> = { "1": true, true: true, "0": false, false: false }

/** A switch; undefined for what is none. */
export const boolean = (text: string): boolean | undefined =>
  Object.hasOwn(truth, text) ? truth[text] : undefined
