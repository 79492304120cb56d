/**
 * A terminal as people see it: characters in rows, a cursor, scrolling, wrapping at the right edge. Understands what displays
 * use: CR, LF, cursor up, erase to the end of line and of screen, colours, and showing the cursor.
 */
export class Screen {
  /** Everything since the start, what has scrolled away included. */
  private readonly cells: Array<string> = [""]
  private row = 0
  private column = 0
  /** The first row that can still be reached. */
  private top = 0
  isCursorShown = true

  constructor(
    readonly columns: number,
    readonly rows: number
  ) {}

  write(text: string): this {
    // biome-ignore lint/complexity/useRegexLiterals: a literal would hold an escape character
    const pieces = new RegExp("\\u001b\\[(\\?25[hl]|[0-9;]*[A-Za-z])|([\\r\\n])|([^\\u001b])", "gu")
    let read = 0
    for (const [whole, sequence, control, character] of text.matchAll(pieces)) {
      read += whole.length
      if (sequence !== undefined) this.obey(sequence)
      else if (control === "\r") this.column = 0
      else if (control === "\n") this.down()
      else if (character !== undefined) this.put(character)
    }
    if (read !== text.length) throw new Error(`the terminal does not understand ${JSON.stringify(text)}`)
    return this
  }

  /** The lines from the start, without spaces at their ends and without the empty one that the cursor is on. */
  get lines(): ReadonlyArray<string> {
    const lines = this.cells.map((line) => line.replace(/ +$/, ""))
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines
  }

  private obey(sequence: string): void {
    const count = Number(sequence.slice(0, -1)) || 1
    if (sequence === "?25l" || sequence === "?25h") this.isCursorShown = sequence === "?25h"
    else if (sequence.endsWith("A")) this.row = Math.max(this.top, this.row - count)
    else if (sequence.endsWith("K")) this.cells[this.row] = this.here().slice(0, this.column)
    else if (sequence.endsWith("J")) {
      this.cells[this.row] = this.here().slice(0, this.column)
      this.cells.length = this.row + 1
    } else if (!sequence.endsWith("m")) throw new Error(`the terminal does not know CSI ${sequence}`)
  }

  private here(): string {
    return this.cells[this.row] ?? ""
  }

  private down(): void {
    this.row += 1
    this.cells[this.row] ??= ""
    this.top = Math.max(this.top, this.row - this.rows + 1)
  }

  private put(character: string): void {
    if (this.column === this.columns) {
      this.column = 0
      this.down()
    }
    const line = this.here().padEnd(this.column)
    this.cells[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1)
    this.column += 1
  }
}
