import * as fs from "node:fs"
import * as path from "node:path"

/**
 * Runs `use` with a short name of a socket: the kernel takes at most 107 bytes, a store may lie deeper than that. The name
 * goes through a descriptor of the directory, which is held as long as `use` says. Source: unix(7).
 */
export const openDirectory = (socket: string): { readonly name: string; readonly close: () => void } => {
  const fd = fs.openSync(path.dirname(socket), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  return { name: `/proc/self/fd/${fd}/${path.basename(socket)}`, close: () => fs.closeSync(fd) }
}
