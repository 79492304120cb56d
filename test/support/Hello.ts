import * as Hello from "../../src/core/program/Hello.js"

/** What the hello-world image of the demo and of the tests says. */
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

/** The image's only file, for the machine that the tests run on. */
export const hello: Uint8Array = Hello.executable(greeting, process.arch === "arm64" ? "arm64" : "amd64")
