import type { Digest } from "../../oci/Digest.js"

/** Where two builds came to different results first. */
export interface Difference {
  /** The instruction that made it, and the line of the Dockerfile; undefined where no instruction did. */
  readonly step: { readonly line: number; readonly text: string } | undefined
  /** The instruction that brought it into the image, where that is another. */
  readonly through: { readonly line: number; readonly text: string } | undefined
  /** A file, or a field of the config. */
  readonly subject: string
  /** `content at line 3`, `mode`. */
  readonly attribute: string
  readonly first: string
  readonly second: string
  readonly hint: string | undefined
}

/** What building twice has shown for one platform. */
export interface Reproduction {
  readonly platform: string
  readonly first: Digest
  readonly second: Digest
  /** Undefined where both builds gave the same image. */
  readonly difference: Difference | undefined
}

const lines = (file: string, { step, through, ...found }: Difference): ReadonlyArray<string> => [
  ...(step === undefined ? [] : [`${file}:${step.line}: ${step.text}`]),
  ...(through === undefined ? [] : [`  copied by line ${through.line}: ${through.text}`]),
  `  ${found.subject}: ${found.attribute} differs`,
  `    first:  ${found.first}`,
  `    second: ${found.second}`,
  ...(found.hint === undefined ? [] : [`  hint: ${found.hint}`])
]

/** What is told of it; `file` is the Dockerfile's name. */
export const print = (file: string, { platform, first, difference }: Reproduction): string =>
  [
    difference === undefined ? `${platform}: reproducible: ${first}` : `${platform}: not reproducible`,
    ...(difference === undefined ? [] : lines(file, difference)),
    ""
  ].join("\n")
