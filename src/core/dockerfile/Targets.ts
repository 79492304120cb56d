import type { Dockerfile } from "./Dockerfile.js"
import type { SourceRange } from "./SourceRange.js"

/** A stage as something to build. Base and platform are as written. */
export interface Target {
  readonly name: string | undefined
  readonly isDefault: boolean
  /** What its comment says of it; "" without one. */
  readonly description: string
  readonly base: string
  readonly platform: string | undefined
  readonly range: SourceRange
}

/** What a comment above a definition says of a name: `# NAME what it is for`. "" if none does. */
export const describe = (comments: ReadonlyArray<string>, name: string): string =>
  comments.find((comment) => comment.startsWith(`${name} `))?.slice(name.length + 1) ?? ""

/** The stages in the order of the file; the last is built if none is asked for. */
export const list = ({ stages }: Dockerfile): ReadonlyArray<Target> =>
  stages.map(({ name, from, index }) => ({
    name,
    isDefault: index === stages.length - 1,
    description: name === undefined ? "" : describe(from.comments, name),
    base: from.image.text,
    platform: from.platform?.text,
    range: from.range
  }))
