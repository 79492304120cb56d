import type { DeviceGuard } from "../container/Cgroup.js"
import * as Program from "./Program.js"
import { because, here, number } from "./Steps.js"

/** BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI. Source: include/uapi/linux/bpf.h. */
const [programType, attachType, alongsideOthers] = [15, 6, 2]

/** The attributes of a load name no descriptors, those of an attachment name two in 32 bits each: so they get places that are known before. */
const [directoryFd, programFd] = [900, 901]

/**
 * Loads the device program and attaches it to the control group, whose members it judges from then on; it goes with the group. Source: bpf(2),
 * the kernel's Documentation/admin-guide/cgroup-v2.rst, "Device controller".
 */
export const guardDevices = (guard: DeviceGuard | undefined): ReadonlyArray<Program.Step> => {
  if (guard === undefined) return []
  const { call } = because("cgroup", "policy: devices are opened only when allowed")
  const [loaded, directory] = [Program.result("device program"), Program.result("device program's group")]
  const instructions = Program.struct(Program.bytes(guard.program))
  const attributes = Program.struct(
    ...[Program.u32(programType), Program.u32(guard.program.length / 8)],
    ...[Program.pointer(instructions), Program.pointer(Program.text("Apache-2.0"))],
    // log_level, log_size, log_buf, kern_version, prog_flags
    ...[Program.u32(0), Program.u32(0), Program.u64(0), Program.u32(0), Program.u32(0)]
  )
  const attachment = [directoryFd, programFd, attachType, alongsideOthers].map((value) => Program.u32(value))
  return [
    call("bpf", [Program.flags("BPF_PROG_LOAD"), attributes, number(48)], { store: loaded.name }),
    call(
      "openat",
      [here, Program.text(guard.directory), Program.flags("O_RDONLY", "O_DIRECTORY", "O_CLOEXEC")],
      { store: directory.name }
    ),
    call("dup3", [directory, number(directoryFd), Program.flags("O_CLOEXEC")]),
    call("dup3", [loaded, number(programFd), Program.flags("O_CLOEXEC")]),
    call("bpf", [Program.flags("BPF_PROG_ATTACH"), Program.struct(...attachment), number(16)]),
    call("close_range", [number(directoryFd), number(programFd), number(0)]),
    call("close", [directory]),
    call("close", [loaded])
  ]
}
