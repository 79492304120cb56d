import * as fs from "node:fs"
import * as Digest from "../../core/oci/Digest.js"
import * as InputFiles from "../../core/plan/InputFiles.js"

/**
 * What selections of stacks hold (see Selection.name), so that a stage that is in the cache need not be mounted to be read. A
 * memory that cannot be read or kept only costs time.
 */
export const recall = (cache: string, selection: Digest.Digest): InputFiles.InputFiles | undefined => {
  try {
    const text = fs.readFileSync(fileOf(cache, selection), "utf8")
    const end = text.lastIndexOf("\n")
    const entries = InputFiles.parse(text.slice(0, end))
    if (entries === undefined) return undefined
    const made = InputFiles.make(entries)
    // The digest at the end tells a whole file from one that was cut short.
    return text.slice(end + 1) === made.digest ? made : undefined
  } catch {
    return undefined
  }
}

const fileOf = (cache: string, selection: Digest.Digest): string => `${cache}/inputs/${Digest.hex(selection)}`

export const keep = (cache: string, selection: Digest.Digest, input: InputFiles.InputFiles): void => {
  const file = fileOf(cache, selection)
  const temporary = `${file}.${process.pid}`
  try {
    fs.mkdirSync(`${cache}/inputs`, { recursive: true })
    fs.writeFileSync(temporary, `${InputFiles.print(input.entries)}\n${input.digest}`, { mode: 0o600 })
    fs.renameSync(temporary, file)
  } catch {
    fs.rmSync(temporary, { force: true })
  }
}
