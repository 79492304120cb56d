import * as fs from "node:fs"
import * as path from "node:path"
import { repository } from "../support/Kasane.js"

/** An example of a page: the code of a `ts` block, by the heading that it stands below. */
export interface Example {
  readonly title: string
  readonly code: string
}

/** The examples of docs/library.md, in order. */
export const examples = (): ReadonlyArray<Example> => {
  const page = fs.readFileSync(path.join(repository, "docs/library.md"), "utf8")
  const found: Array<Example> = []
  let heading = ""
  for (const part of page.split(/^(?=#|```ts\n)/m)) {
    if (part.startsWith("#")) heading = part.slice(0, part.indexOf("\n")).replace(/^#+ /, "")
    const code = /^```ts\n(.*?)\n```$/ms.exec(part)?.[1]
    if (code === undefined) continue
    const count = found.filter((one) => one.title.startsWith(heading)).length
    found.push({ title: count === 0 ? heading : `${heading}, ${count + 1}`, code })
  }
  return found
}
