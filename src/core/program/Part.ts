/** Parts of setting a container up, in the order of a program. */
export const parts = [
  "seal",
  "monitor",
  "cgroup",
  "namespaces",
  "stdio",
  "root",
  "mounts",
  "devices",
  "terminal",
  "paths",
  "sysctls",
  "security",
  "identity",
  "init",
  "command"
] as const

/** The part of setting a container up that a step belongs to. */
export type Part = (typeof parts)[number]

/** What a failing step can mean to the user. */
export const meanings = ["Setup", "CommandNotFound", "CommandNotExecutable", "WorkingDirectory"] as const

/** What a failing step means to the user: decides exit code and wording. */
export type Meaning = (typeof meanings)[number]
