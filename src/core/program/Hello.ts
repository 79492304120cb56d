import { assemble } from "./Assemble.js"
import * as Program from "./Program.js"
import { because } from "./Steps.js"
import type { Architecture } from "./Syscall.js"

const { call } = because("command", "the smallest useful program: say something and end")

/** Writes a text to standard output and exits with 0. */
export const hello = (text: string): Program.Program => ({
  steps: [
    call("write", [
      Program.literal(1),
      Program.text(text),
      Program.literal(new TextEncoder().encode(text).length)
    ]),
    call("exit_group", [Program.literal(0)])
  ]
})

/** The same as a static executable: the file of a hello-world image, made without a compiler and on any machine. */
export const executable = (text: string, architecture: Architecture): Uint8Array =>
  assemble(hello(text), architecture)
