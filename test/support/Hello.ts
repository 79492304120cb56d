import { assemble } from "../../src/core/program/Assemble.js"
import { literal, type Program, type Step, text } from "../../src/core/program/Program.js"

const greeting = `
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

const length_bytes = new TextEncoder().encode(greeting).length

const step = (operation: Step["operation"], reason: string): Step => ({
  operation,
  tolerate: [],
  part: "command",
  meaning: "Setup",
  reason
})

/** The greeting as a syscall program of two steps: the source of the `hello` executable. */
export const program: Program = {
  steps: [
    step(
      { _tag: "Syscall", name: "write", arguments: [literal(1), text(greeting), literal(length_bytes)] },
      "say hello"
    ),
    step({ _tag: "Syscall", name: "exit_group", arguments: [literal(0)] }, "done")
  ]
}

/** A static executable that prints a greeting: the hello-world image's only file. Needs nothing but the kernel. */
export const executable = (architecture: "amd64" | "arm64"): Uint8Array => assemble(program, architecture)

/** The executable for the machine that the tests run on. */
export const hello: Uint8Array = executable(process.arch === "arm64" ? "arm64" : "amd64")
