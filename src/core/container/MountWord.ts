import type { MountFlag } from "./Mount.js"

/** What a word of fstab does to a mount: sets a flag, or takes it back. */
export interface MountWord {
  readonly flag: MountFlag
  readonly set: boolean
}

/** `defaults`, `rw` and the like clear. Source: moby/sys, mount/flags_linux.go. */
const words: Readonly<Record<string, MountWord>> = {
  ro: { flag: "ro", set: true },
  rw: { flag: "ro", set: false },
  suid: { flag: "nosuid", set: false },
  nosuid: { flag: "nosuid", set: true },
  dev: { flag: "nodev", set: false },
  nodev: { flag: "nodev", set: true },
  exec: { flag: "noexec", set: false },
  noexec: { flag: "noexec", set: true },
  atime: { flag: "noatime", set: false },
  noatime: { flag: "noatime", set: true },
  diratime: { flag: "nodiratime", set: false },
  nodiratime: { flag: "nodiratime", set: true },
  relatime: { flag: "relatime", set: true },
  norelatime: { flag: "relatime", set: false },
  strictatime: { flag: "strictatime", set: true },
  nostrictatime: { flag: "strictatime", set: false }
}

/** The word's effect, or undefined when it is none of a mount's flags. */
export const of = (word: string): MountWord | undefined =>
  Object.hasOwn(words, word) ? words[word] : undefined
