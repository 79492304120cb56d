import { decimalSize } from "./Size.js"

/** One line of a progress display: a layer's id, what happens to it, and how far it is where that is known. */
export interface ProgressLine {
  readonly id: string
  readonly action: string
  readonly current_bytes?: number | undefined
  readonly total_bytes?: number | undefined
  readonly bytes_per_second?: number | undefined
}

const csi = "\u001b["

/** `[=====>     ]` of the given inner width, and the sizes beside it where the terminal is wide enough for both. */
export const bar = (current_bytes: number, total_bytes: number, columns: number): string => {
  const sizes = `${decimalSize(current_bytes, 4)}/${decimalSize(total_bytes, 4)}`
  if (columns <= 110) return sizes
  const share = total_bytes <= 0 ? 1 : Math.min(1, current_bytes / total_bytes)
  const filled = Math.min(50, Math.trunc(share * 50))
  return `[${"=".repeat(filled)}>${" ".repeat(50 - filled)}]  ${sizes}`
}

/** The text of one line, as `docker pull` words it; how fast it goes stands behind. */
export const lineText = (line: ProgressLine, columns: number): string => {
  const head = line.id === "" ? line.action : `${line.id}: ${line.action}`
  if (line.current_bytes === undefined) return head
  const { bytes_per_second, current_bytes, total_bytes } = line
  const rate = bytes_per_second === undefined ? "" : `  ${decimalSize(bytes_per_second)}/s`
  return `${head} ${total_bytes === undefined ? decimalSize(current_bytes, 4) : bar(current_bytes, total_bytes, columns)}${rate}`
}

/**
 * One line of the stream of JSON objects in which Docker's engine tells of pulls and pushes. Source: moby,
 * pkg/jsonmessage.
 */
export const json = (line: ProgressLine): string => {
  const { action, current_bytes, id, total_bytes } = line
  const progressDetail =
    current_bytes === undefined
      ? {}
      : { current: current_bytes, ...(total_bytes === undefined ? {} : { total: total_bytes }) }
  return JSON.stringify(id === "" ? { status: action } : { status: action, progressDetail, id })
}

/** What is on the screen: the lines drawn so far, oldest first. */
export interface Screen {
  readonly ids: ReadonlyArray<string>
}

export const emptyScreen: Screen = { ids: [] }

/**
 * Draws one line where its id stands, or below all others if it is new. The cursor begins and ends below the last line, so
 * any other text may be written between two calls if the screen is then started anew.
 */
export const draw = (
  screen: Screen,
  line: ProgressLine,
  columns: number
): readonly [Screen, text: string] => {
  const text = Array.from(lineText(line, columns)).slice(0, columns).join("")
  const at = screen.ids.indexOf(line.id)
  if (line.id === "" || at < 0) {
    const ids = [...screen.ids, line.id]
    return [{ ids }, `${csi}2K${text}\r\n`]
  }
  const up = screen.ids.length - at
  return [screen, `${csi}${up}A${csi}2K\r${text}\r${csi}${up}B`]
}
