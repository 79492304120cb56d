import * as Data from "effect/Data"
import { quoted } from "../dockerfile/Quoted.js"
import type { Healthcheck } from "../oci/ImageConfig.js"

/**
 * The `created_by` of a step's history entry, in the classic builder's form. That of COPY and ADD names the digest of
 * what was copied, which is known only once the sources have been read.
 */
export type CreatedBy = Data.TaggedEnum<{
  Text: { readonly text: string }
  Copied: { readonly before: string; readonly after: string }
}>
export const CreatedBy = Data.taggedEnum<CreatedBy>()

/** The text; `sources` is `file:<hex>`, `dir:<hex>` or `multi:<hex>`. */
export const render = (createdBy: CreatedBy, sources: string): string =>
  createdBy._tag === "Text" ? createdBy.text : `${createdBy.before}${sources}${createdBy.after}`

/** `/bin/sh -c #(nop)  CMD ["sh"]`: most instructions, with two blanks. */
export const nop = (shell: ReadonlyArray<string>, comment: string): CreatedBy =>
  CreatedBy.Text({ text: `${[...shell, "#(nop) "].join(" ")} ${comment}` })

/** `/bin/sh -c #(nop) WORKDIR /x`: the oldest instructions have one blank. */
export const nopJoined = (shell: ReadonlyArray<string>, comment: string): CreatedBy =>
  CreatedBy.Text({ text: `${[...shell, "#(nop)"].join(" ")} ${comment}` })

/** `/bin/sh -c #(nop) COPY file:… in /x `: the trailing blank is Docker's. */
export const copied = (
  shell: ReadonlyArray<string>,
  keyword: string,
  flags: ReadonlyArray<string>,
  destination: string
): CreatedBy =>
  CreatedBy.Copied({
    before: `${[...shell, "#(nop)", keyword, ...flags].join(" ")} `,
    after: ` in ${destination} `
  })

/** `|1 V=1 /bin/sh -c make`: a command, after the build arguments that it can see, by name. */
export const run = (
  buildArgs: ReadonlyArray<readonly [name: string, value: string]>,
  argv: ReadonlyArray<string>
): CreatedBy => {
  const shown = buildArgs.map(([name, value]) => `${name}=${value}`).sort()
  const prefix = shown.length === 0 ? [] : [`|${shown.length}`, ...shown]
  return CreatedBy.Text({ text: [...prefix, ...argv].join(" ") })
}

/** A list as Go's `%q` prints it: `["sh" "-c"]`. */
export const quotedList = (words: ReadonlyArray<string>): string => `[${words.map(quoted).join(" ")}]`

/** A list as Go's `%v` prints it: `[/a /b]`. */
export const plainList = (words: ReadonlyArray<string>): string => `[${words.join(" ")}]`

const trimFraction = (value: number): string => value.toFixed(9).replace(/\.?0+$/, "")

/** Nanoseconds as Go prints a duration: `1m30s`, `1.5s`, `250ms`, `0s`. */
export const duration = (nanoseconds: number): string => {
  if (nanoseconds === 0) return "0s"
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${trimFraction(nanoseconds / 1e3)}µs`
  if (nanoseconds < 1e9) return `${trimFraction(nanoseconds / 1e6)}ms`
  const hours = Math.floor(nanoseconds / 3600e9)
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9)
  const seconds = `${trimFraction((nanoseconds % 60e9) / 1e9)}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

/** A health check as Go's `%+v` prints a pointer to it. */
export const healthcheck = (check: Healthcheck): string =>
  `&{Test:${plainList(check.Test ?? [])} Interval:${duration(check.Interval ?? 0)} Timeout:${duration(check.Timeout ?? 0)} StartPeriod:${duration(check.StartPeriod ?? 0)} StartInterval:${duration(check.StartInterval ?? 0)} Retries:${check.Retries ?? 0}}`
