const names =
  /^(?:SIG)?(?:ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ|RTMIN(?:\+(?:[1-9]|1[0-5]))?|RTMAX(?:-(?:[1-9]|1[0-4]))?)$/

/** True for what STOPSIGNAL takes: a number above 0, or a signal's name with or without SIG, in any case. */
export const isSignal = (text: string): boolean =>
  /^\d+$/.test(text) ? Number(text) > 0 : names.test(text.toUpperCase())
