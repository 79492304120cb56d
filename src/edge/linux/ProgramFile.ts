import * as fs from "node:fs"
import * as path from "node:path"
import * as KernelRandom from "./KernelRandom.js"

/**
 * Runs `use` with a descriptor of an executable file that holds the program and has no name any more: nobody else can
 * open it, and nothing is left when this process dies. The file is closed afterwards; what runs from it goes on.
 */
export const withProgramFile = <A>(directory: string, program: Uint8Array, use: (fd: number) => A): A => {
  const name = path.join(directory, `.program-${KernelRandom.hex(8)}`)
  fs.writeFileSync(name, program, { flag: "wx", mode: 0o700 })
  // Opened again for reading only: a file that is open for writing cannot be executed (ETXTBSY).
  let fd: number
  try {
    fd = fs.openSync(name, "r")
  } finally {
    fs.unlinkSync(name)
  }
  try {
    return use(fd)
  } finally {
    fs.closeSync(fd)
  }
}
