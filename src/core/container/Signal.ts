/** Linux's signals by name, for x86-64 and arm64. Source: signal(7). */
export const numbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  IOT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  POLL: 29,
  PWR: 30,
  SYS: 31,
  RTMIN: 34,
  RTMAX: 64
}

/** The number of a signal from `TERM`, `SIGTERM`, `15` or `RTMIN+3`; undefined for anything else. */
export const parse = (text: string): number | undefined => {
  if (/^\d+$/.test(text)) {
    const number = Number(text)
    return number >= 1 && number <= 64 ? number : undefined
  }
  const name = text.toUpperCase().replace(/^SIG/, "")
  if (Object.hasOwn(numbers, name)) return numbers[name]
  const realtime = /^(RTMIN\+|RTMAX-)(\d+)$/.exec(name)
  if (realtime === null) return undefined
  const offset = Number(realtime[2])
  if (offset < 1 || offset > 15) return undefined
  return realtime[1] === "RTMIN+" ? 34 + offset : 64 - offset
}
