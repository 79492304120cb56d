/** A path as mountinfo writes it, its octal escapes undone. */
export const withoutEscapes = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/**
 * Whether programs may be executed from a directory, by the text of /proc/self/mountinfo: the mount that it lies in is not `noexec`.
 * Source: proc_pid_mountinfo(5).
 */
export const allowsExecution = (mountinfo: string, directory: string): boolean => {
  let best = ""
  let allowed = true
  for (const line of mountinfo.split("\n")) {
    const [, , , , target = "", options = ""] = line.split(" ")
    const at = withoutEscapes(target)
    const holds = at === "/" || directory === at || directory.startsWith(`${at}/`)
    // A later mount at the same place covers an earlier one.
    if (at === "" || !holds || at.length < best.length) continue
    best = at
    allowed = !options.split(",").includes("noexec")
  }
  return allowed
}
