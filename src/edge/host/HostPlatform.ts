import * as os from "node:os"
import type { Platform } from "../../core/oci/Platform.js"

const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  mipsel: "mipsle",
  ppc64: os.endianness() === "LE" ? "ppc64le" : "ppc64"
}

/** What this machine runs: the platform of images that nothing else is said about. */
export const hostPlatform = (): Platform => {
  const architecture = architectures[process.arch] ?? process.arch
  return { os: process.platform, architecture, ...(architecture === "arm" ? { variant: "v7" } : {}) }
}
