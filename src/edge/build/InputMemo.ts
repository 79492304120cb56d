import * as fs from "node:fs"
import type { ChainId } from "../../core/layer/ChainId.js"
import * as Digest from "../../core/oci/Digest.js"
import * as InputFiles from "../../core/plan/InputFiles.js"
import type { Operation } from "../../core/plan/Operation.js"

type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>

/**
 * Reads what a copy takes from a stack of layers, or remembers it: a stack never changes, so neither does what a selection of
 * it holds. A memory that cannot be read or kept only costs time.
 */
export const remember = (
  cache: string,
  chain: ChainId,
  operation: CopyOperation,
  read: () => InputFiles.InputFiles
): InputFiles.InputFiles => {
  const { sources, exclude } = operation
  const name = Digest.hex(Digest.ofBytes(JSON.stringify([1, chain, sources, exclude])))
  const file = `${cache}/inputs/${name}`
  const known = load(file)
  if (known !== undefined) return known
  const made = read()
  save(`${cache}/inputs`, file, made)
  return made
}

const load = (file: string): InputFiles.InputFiles | undefined => {
  try {
    const text = fs.readFileSync(file, "utf8")
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

const save = (directory: string, file: string, input: InputFiles.InputFiles): void => {
  const temporary = `${file}.${process.pid}`
  try {
    fs.mkdirSync(directory, { recursive: true })
    fs.writeFileSync(temporary, `${InputFiles.print(input.entries)}\n${input.digest}`, { mode: 0o600 })
    fs.renameSync(temporary, file)
  } catch {
    fs.rmSync(temporary, { force: true })
  }
}
