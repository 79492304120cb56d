/** How many arguments a command takes, in Docker's words when it is not so. */
export interface Arity {
  readonly least: number
  readonly most: number
}

export const none: Arity = { least: 0, most: 0 }
export const any: Arity = { least: 0, most: Number.POSITIVE_INFINITY }
export const atLeast = (least: number): Arity => ({ least, most: Number.POSITIVE_INFINITY })
export const atMost = (most: number): Arity => ({ least: 0, most })
export const exactly = (count: number): Arity => ({ least: count, most: count })
export const between = (least: number, most: number): Arity => ({ least, most })

const arguments_ = (count: number) => `${count} ${count === 1 ? "argument" : "arguments"}`

/** What is wrong with this many arguments; undefined where nothing is. */
export const complaint = ({ least, most }: Arity, count: number): string | undefined => {
  if (count >= least && count <= most) return undefined
  if (most === 0) return "accepts no arguments"
  if (least === most) return `requires ${arguments_(least)}`
  if (most === Number.POSITIVE_INFINITY) return `requires at least ${arguments_(least)}`
  if (least === 0) return `requires at most ${arguments_(most)}`
  return `requires at least ${least} and at most ${arguments_(most)}`
}
