type Assignments = Readonly<Record<string, string>>

/** `NAME=value` of `--build-arg`; a name alone takes the value of the caller's variable, and nothing where there is none. */
export const buildArgs = (texts: ReadonlyArray<string>): Assignments =>
  Object.fromEntries(
    texts.flatMap((text) => {
      const at = text.indexOf("=")
      if (at >= 0) return [[text.slice(0, at), text.slice(at + 1)]]
      const value = process.env[text]
      return value === undefined ? [] : [[text, value]]
    })
  )

/** The build arguments with SOURCE_DATE_EPOCH of the caller's environment, unless they have one. */
export const withEpoch = (args: Assignments): Assignments => {
  const epoch = process.env["SOURCE_DATE_EPOCH"]
  return epoch === undefined || epoch === "" ? args : { SOURCE_DATE_EPOCH: epoch, ...args }
}

/** `key=value` of `--label`; a key alone has an empty value. */
export const labels = (texts: ReadonlyArray<string>): Assignments =>
  Object.fromEntries(
    texts.flatMap((text) => {
      const at = text.indexOf("=")
      return text === "" ? [] : [at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]]
    })
  )

/** `id=NAME,src=FILE`, `id=NAME,env=VARIABLE`: fields by name. */
export const fields = (text: string): Assignments =>
  Object.fromEntries(
    text.split(",").map((field) => {
      const at = field.indexOf("=")
      return at < 0 ? [field, ""] : [field.slice(0, at), field.slice(at + 1)]
    })
  )
