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

/** A file that is the same in both builds and may be another at another time: the day of the build stands in it. */
export interface Suspect {
  readonly step: { readonly line: number; readonly text: string }
  /** The instruction that brought it into the image, where that is another. */
  readonly through: { readonly line: number; readonly text: string } | undefined
  readonly subject: string
  /** The day as it stands there. */
  readonly text: string
}

/** What building twice has shown for one platform. */
export interface Reproduction {
  readonly platform: string
  readonly first: Digest
  readonly second: Digest
  /** Undefined where both builds gave the same image. */
  readonly difference: Difference | undefined
  /** Looked for where there is no difference. */
  readonly suspects: ReadonlyArray<Suspect>
}

const lines = (file: string, { step, through, ...found }: Difference): ReadonlyArray<string> => [
  ...(step === undefined ? [] : [`${file}:${step.line}: ${step.text}`]),
  ...(through === undefined ? [] : [`  copied by line ${through.line}: ${through.text}`]),
  `  ${found.subject}: ${found.attribute} differs`,
  `    first:  ${found.first}`,
  `    second: ${found.second}`,
  ...(found.hint === undefined ? [] : [`  hint: ${found.hint}`])
]

const suspected = (file: string, { step, through, subject, text }: Suspect): ReadonlyArray<string> => [
  `${file}:${step.line}: ${step.text}`,
  ...(through === undefined ? [] : [`  copied by line ${through.line}: ${through.text}`]),
  `  ${subject}: holds the day of the build (${text}): on another day it may be another`
]

/** What is told of it; `file` is the Dockerfile's name. */
export const print = (file: string, { platform, first, difference, suspects }: Reproduction): string =>
  [
    difference === undefined ? `${platform}: reproducible: ${first}` : `${platform}: not reproducible`,
    ...(difference === undefined ? [] : lines(file, difference)),
    ...suspects.flatMap((suspect) => suspected(file, suspect)),
    ""
  ].join("\n")
