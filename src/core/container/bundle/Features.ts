import * as Capability from "../Capability.js"

const kinds = ["cgroup", "ipc", "mount", "network", "pid", "user", "uts"]

/** Words that `mounts[].options` may have, besides a file system's own. */
const mountOptions = [
  ...["async", "atime", "bind", "defaults", "dev", "diratime", "exec", "noatime", "nodev", "nodiratime"],
  ...["noexec", "norelatime", "nostrictatime", "nosuid", "private", "rbind", "relatime", "ro", "rprivate"],
  ...["rro", "rshared", "rslave", "rw", "shared", "slave", "strictatime", "suid", "tmpcopyup"]
]

/**
 * What this runtime can do, whatever the host. Source: runtime-spec, features.md and features-linux.md.
 */
export const features = (version: string, architecture: "amd64" | "arm64") => ({
  ociVersionMin: "1.0.0",
  ociVersionMax: "1.2.1",
  hooks: ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
  mountOptions,
  linux: {
    namespaces: kinds,
    capabilities: Capability.names.map((name) => `CAP_${name}`),
    cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: false },
    seccomp: {
      enabled: true,
      actions: ["ALLOW", "ERRNO", "KILL", "KILL_PROCESS", "KILL_THREAD", "LOG", "TRACE", "TRAP"].map(
        (name) => `SCMP_ACT_${name}`
      ),
      operators: ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map((name) => `SCMP_CMP_${name}`),
      archs: (architecture === "amd64" ? ["X86_64", "X86", "X32"] : ["AARCH64", "ARM"]).map(
        (name) => `SCMP_ARCH_${name}`
      ),
      knownFlags: ["TSYNC", "LOG", "SPEC_ALLOW"].map((name) => `SECCOMP_FILTER_FLAG_${name}`),
      supportedFlags: ["TSYNC", "LOG", "SPEC_ALLOW"].map((name) => `SECCOMP_FILTER_FLAG_${name}`)
    },
    apparmor: { enabled: true },
    selinux: { enabled: false },
    intelRdt: { enabled: false },
    mountExtensions: { idmap: { enabled: false } }
  },
  annotations: { "kasane.version": version }
})
