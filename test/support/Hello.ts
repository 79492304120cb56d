import { executable, greeting } from "../../src/core/program/Hello.js"

export { greeting } from "../../src/core/program/Hello.js"

/** The hello-world executable for the machine that the tests run on. */
export const hello: Uint8Array = executable(greeting, process.arch === "arm64" ? "arm64" : "amd64")
