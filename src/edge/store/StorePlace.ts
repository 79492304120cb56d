import * as fs from "node:fs"
import * as path from "node:path"
import type { StoreConfig } from "./StoreRoot.js"

/** What the place of the store depends on. */
export interface Surroundings {
  /** `--root`. */
  readonly asked: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  /** /proc/self/uid_map. */
  readonly uidMap: string
}

/** True where user ids are the host's own: every id is mapped to itself. Source: user_namespaces(7). */
const isInitial = (uidMap: string) => /^\s*0\s+0\s+4294967295\s*$/.test(uidMap)

/**
 * The directory of the store (`--root`, else KASANE_ROOT, else root's or the user's data directory), and who we are to its
 * files.
 */
export const storePlace = ({
  asked,
  env,
  uid,
  uidMap
}: Surroundings): {
  readonly dir: string
  readonly identity: StoreConfig["identity"]
} => {
  const data = env["XDG_DATA_HOME"]?.startsWith("/")
    ? env["XDG_DATA_HOME"]
    : `${env["HOME"] ?? ""}/.local/share`
  const usual = uid === 0 ? "/var/lib/kasane" : `${data}/kasane`
  const dir = path.resolve(asked || env["KASANE_ROOT"] || usual)
  return { dir, identity: uid !== 0 ? "user" : isInitial(uidMap) ? "root" : "mapped" }
}

/** The same for this process. */
export const ofProcess = (asked: string | undefined) => {
  const uid = process.geteuid?.() ?? 0
  const uidMap = uid === 0 ? fs.readFileSync("/proc/self/uid_map", "utf8") : ""
  return storePlace({ asked, env: process.env, uid, uidMap })
}
