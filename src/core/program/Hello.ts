import { assemble } from "./Assemble.js"
import * as Program from "./Program.js"
import { because } from "./Steps.js"
import type { Architecture } from "./Syscall.js"

/** What the hello-world image says. */
export const greeting = `
Hello from kasane!
This message shows that your installation appears to be working correctly.

To generate this message, kasane took the following steps:
 1. It found the image, and laid its layers one on another with overlayfs.
 2. It compiled the container's specification to a list of system calls, and
    the list to an executable of a few kilobytes.
 3. That executable set up the container and became the program that produces
    the output you are reading now.

To see the list:
 $ kasane run --plan hello
`

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
