import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { withLibraries } from "./RootFs.js"

const ask = (...args: ReadonlyArray<string>): string =>
  execFileSync("gcc", args, { encoding: "utf8", input: "", stdio: ["pipe", "pipe", "ignore"] }).trim()

const onPath = (name: string): string => execFileSync("which", [name], { encoding: "utf8" }).trim()

/** What gcc runs, one after another, to turn C into a static executable. */
const programs = (): ReadonlyArray<string> => [
  onPath("gcc"),
  ...["cc1", "collect2", "as", "ld"].map((name) => {
    const file = ask(`-print-prog-name=${name}`)
    return path.isAbsolute(file) ? file : onPath(file)
  }),
  ask("-print-file-name=liblto_plugin.so")
]

/** What the linker puts into every static executable. */
const objects = (): ReadonlyArray<string> =>
  ["crt1.o", "crti.o", "crtn.o", "crtbeginT.o", "crtend.o", "libc.a", "libgcc.a", "libgcc_eh.a"].map((name) =>
    ask(`-print-file-name=${name}`)
  )

/** The headers that a source file pulls in, by asking the compiler itself. */
const headers = (source: string): ReadonlyArray<string> =>
  ask("-M", source)
    .replace(/\\\n/g, " ")
    .split(/\s+/)
    .slice(2)
    .filter((file) => path.isAbsolute(file))

/** True where the host has a C compiler that makes static executables. */
export const available = (): boolean => {
  try {
    return path.isAbsolute(ask("-print-file-name=libc.a"))
  } catch {
    return false
  }
}

/**
 * Adds the host's gcc to a root file system: the compiler, what it runs and links, and the headers that `source` (a path
 * on the host) includes. `cc` is gcc there.
 */
export const install = (root: string, source: string): void => {
  const files = new Set([...programs().flatMap(withLibraries), ...objects(), ...headers(source)])
  for (const file of files) {
    // Both spellings of a path with `..` or a symbolic link in it must work: gcc uses the one it was built with.
    for (const place of new Set([path.normalize(file), fs.realpathSync(file)])) {
      const target = path.join(root, place)
      if (fs.existsSync(target)) continue
      fs.mkdirSync(path.dirname(target), { recursive: true })
      fs.copyFileSync(fs.realpathSync(file), target)
    }
  }
  fs.symlinkSync("gcc", path.join(root, path.dirname(onPath("gcc")), "cc"))
}
