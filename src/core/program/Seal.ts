import type { FlagName } from "./Flag.js"
import * as Program from "./Program.js"
import { because, here, itself, number } from "./Steps.js"

/** F_SEAL_SEAL | SHRINK | GROW | WRITE: what a sealed program has, and no file of a disk or tmpfs. */
const allSeals = 15

const why = "policy: a container must not be able to write to the executable that set it up (CVE-2019-5736)"

/**
 * The program copies itself to a sealed memory file and goes on there, unless it already runs from one. So whatever
 * a container finds as /proc/PID/exe can never be written to, and the starter needs no native code to prepare it.
 * `name` is what `ps` shows.
 */
export const sealed = (name: string): ReadonlyArray<Program.Step> => {
  const { call, subtract } = because("seal", why)
  const executable = Program.result("executable")
  const memory = Program.result("memory file")
  const create = (...flags: ReadonlyArray<FlagName>) => [
    Program.text("kasane"),
    Program.flags("MFD_CLOEXEC", "MFD_ALLOW_SEALING", ...flags)
  ]
  return [
    call("openat", [here, Program.text("/proc/self/exe"), Program.flags("O_RDONLY", "O_CLOEXEC")], {
      store: "executable"
    }),
    // A file of a disk has no seals at all, EINVAL.
    call("fcntl", [executable, Program.flags("F_GET_SEALS")], { store: "seals", tolerate: ["EINVAL"] }),
    subtract(Program.result("seals"), number(allSeals), { onZero: "sealed" }),
    // MFD_EXEC is new in Linux 6.3, and needed from then on where sysctl vm.memfd_noexec says so.
    call("memfd_create", create("MFD_EXEC"), {
      store: "memory file",
      tolerate: ["EINVAL"],
      onZero: "copy",
      onPositive: "copy"
    }),
    call("memfd_create", create(), { store: "memory file" }),
    call("sendfile", [memory, executable, number(0), number(1 << 24)], { label: "copy" }),
    call("fcntl", [
      memory,
      Program.flags("F_ADD_SEALS"),
      Program.flags("F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE")
    ]),
    call("execveat", [
      memory,
      itself,
      Program.texts([name]),
      Program.texts([]),
      Program.flags("AT_EMPTY_PATH")
    ]),
    call("close", [executable], { label: "sealed" }),
    call("prctl", [Program.flags("PR_SET_NAME"), Program.text("kasane")])
  ]
}
