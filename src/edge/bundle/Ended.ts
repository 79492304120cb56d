import { RuntimeError } from "../runtime/RuntimeError.js"

/** In the words that other engines look for. */
export const ended = (pid: number) =>
  new RuntimeError({ reason: "NotRunning", exitCode: 125, message: `container not running (process ${pid})` })
