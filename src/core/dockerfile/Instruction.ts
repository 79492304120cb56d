import * as Data from "effect/Data"
import type { CommandLine } from "./CommandLine.js"
import type { Heredoc } from "./Heredoc.js"
import type { SourceRange } from "./SourceRange.js"
import type { Word } from "./Word.js"

/** What every instruction has. */
export interface Common {
  /** From the keyword to the last character, heredoc bodies included. */
  readonly range: SourceRange
  /** The keyword as written (`FROM`, `from`). */
  readonly keyword: Word
  /** The instruction on one line: continuations joined, comment lines dropped, trimmed; no heredoc bodies. */
  readonly text: string
  /** Every `--flag` as written (quotes and escapes removed), in order. The typed fields say what they mean. */
  readonly flags: ReadonlyArray<Word>
  /** The comment lines directly above, without `#`, trimmed. An empty comment line cuts off those before it. */
  readonly comments: ReadonlyArray<string>
}

/** `name value` of the old form has separator `" "`; both parts are raw. */
export interface Pair {
  readonly key: Word
  readonly value: Word
  readonly separator: "=" | " "
}

/** One definition of an ARG: `NAME` or `NAME=value`. `value` is undefined for the former. */
export interface ArgDefinition {
  readonly name: Word
  readonly value: Word | undefined
}

/** A source of COPY or ADD: a path (or URL), or a heredoc that becomes a file of its name. */
export type CopySource = Data.TaggedEnum<{
  Path: { readonly path: Word }
  Inline: { readonly mark: Word; readonly heredoc: Heredoc }
}>
export const CopySource = Data.taggedEnum<CopySource>()

/** What COPY and ADD have in common. `json`: written as a JSON array (the words are unquoted already). */
interface Transfer extends Common {
  readonly json: boolean
  readonly sources: ReadonlyArray<CopySource>
  readonly destination: Word
  readonly heredocs: ReadonlyArray<Heredoc>
  readonly chown: Word | undefined
  readonly chmod: Word | undefined
  readonly link: boolean
  readonly exclude: ReadonlyArray<Word>
}

/** A health check's command and times. Times are nanoseconds, 0 for "the default"; retries likewise. */
export interface HealthProbe {
  readonly command: CommandLine
  readonly interval: number
  readonly timeout: number
  readonly startPeriod: number
  readonly startInterval: number
  readonly retries: number
}

/**
 * The 18 instructions of a Dockerfile, typed and checked as far as that is possible without evaluating anything.
 * Words are raw (see `Word`). Source: the Dockerfile reference.
 */
export type Instruction = Data.TaggedEnum<{
  Add: Transfer & {
    readonly checksum: Word | undefined
    /** Undefined if the flag is absent: then the kind of the source decides. */
    readonly keepGitDir: boolean | undefined
    readonly unpack: boolean | undefined
  }
  Arg: Common & { readonly definitions: ReadonlyArray<ArgDefinition> }
  Cmd: Common & { readonly command: CommandLine }
  Copy: Transfer & { readonly from: Word | undefined; readonly parents: boolean }
  Entrypoint: Common & { readonly command: CommandLine }
  Env: Common & { readonly pairs: ReadonlyArray<Pair> }
  /** In the order written. */
  Expose: Common & { readonly ports: ReadonlyArray<Word> }
  From: Common & {
    readonly platform: Word | undefined
    readonly image: Word
    /** `as` is the keyword AS as written; `name` is as written too (names are compared in lower case). */
    readonly alias: { readonly as: Word; readonly name: Word } | undefined
  }
  /** `probe` is undefined for HEALTHCHECK NONE. */
  Healthcheck: Common & { readonly kind: Word; readonly probe: HealthProbe | undefined }
  Label: Common & { readonly pairs: ReadonlyArray<Pair> }
  Maintainer: Common & { readonly name: Word }
  Onbuild: Common & {
    /** What the image keeps: the trigger's line, then its heredocs' bodies and terminators. */
    readonly expression: string
    /** The trigger's keyword as written. The trigger is checked when it fires (`parseTrigger`), not before. */
    readonly trigger: Word
    readonly heredocs: ReadonlyArray<Heredoc>
  }
  Run: Common & {
    readonly command: CommandLine
    readonly heredocs: ReadonlyArray<Heredoc>
    /** The values of `--mount`, raw: `Mount.parse` reads one once variables can be expanded. */
    readonly mounts: ReadonlyArray<Word>
    readonly network: "default" | "none" | "host"
    readonly security: "sandbox" | "insecure"
  }
  Shell: Common & { readonly words: ReadonlyArray<Word> }
  StopSignal: Common & { readonly signal: Word }
  User: Common & { readonly user: Word }
  Volume: Common & { readonly json: boolean; readonly paths: ReadonlyArray<Word> }
  Workdir: Common & { readonly path: Word }
}>
export const Instruction = Data.taggedEnum<Instruction>()

/** One variant of {@link Instruction}: `Of<"Run">`. */
export type Of<Tag extends Instruction["_tag"]> = Extract<Instruction, { readonly _tag: Tag }>

/** The keywords, upper case, in alphabetical order. */
export const keywords = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "FROM",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR"
] as const
export type Keyword = (typeof keywords)[number]
