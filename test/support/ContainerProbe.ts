import * as fs from "node:fs"

/** What a process can see of the container that it is in, for `sh -c`. Sections begin with `@`. */
export const script = [
  "echo @mounts",
  // Place, options, type, source, the file system's options.
  'while read a b c d e f g; do case "$g" in \'- \'*) t="${g#- }";; *) t="${g#* - }";; esac; echo "$e $f $t"; done < /proc/self/mountinfo',
  "echo @status",
  "grep -E '^(Uid|Gid|Groups|NoNewPrivs|Seccomp|Cap|Sig[BI]|Umask)' /proc/self/status",
  "echo @limits",
  "cut -c1-65 /proc/self/limits",
  "echo @namespaces",
  'for n in cgroup ipc mnt net pid user uts; do echo "$n $(readlink /proc/self/ns/$n)"; done',
  "echo @devices",
  "find /dev -mindepth 1 -not -path '/dev/pts/*' -not -path '/dev/shm/*' -not -path '/dev/mqueue/*' -exec stat -c '%n %F %a %u:%g %t:%T' {} +",
  'for l in fd stdin stdout stderr ptmx; do echo "$l -> $(readlink /dev/$l)"; done',
  "echo @env",
  "env",
  "echo @process",
  'echo "umask $(umask)"; echo "cwd $(pwd)"; echo "domain $(cat /proc/sys/kernel/domainname)"; echo "oom $(cat /proc/self/oom_score_adj)"',
  'echo "init $(cat /proc/1/comm)"; id; echo "tty $(tty)"',
  "echo @paths",
  'for p in acpi asound interrupts kcore keys latency_stats sched_debug scsi timer_list timer_stats bus fs irq sys sysrq-trigger; do p=/proc/$p; if [ -e $p ]; then w=ro; [ -w $p ] && w=rw; n=$(cat $p 2>/dev/null | head -c 1 | wc -c); [ -d $p ] && n=$(ls $p | head -1 | wc -l); echo "$p content $n $w"; else echo "$p absent"; fi; done',
  'for p in /sys/devices/virtual/powercap /sys/firmware; do [ -e $p ] && echo "$p $(ls $p | wc -l)"; done',
  "echo @sysctls",
  'for f in net/ipv4/ip_unprivileged_port_start net/ipv4/ping_group_range net/ipv4/ip_forward kernel/msgmax; do echo "$f $(cat /proc/sys/$f 2>&1)"; done',
  "echo @cgroup",
  'for f in memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.swappiness memory/memory.oom_control cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpuset/cpuset.cpus cpuset/cpuset.mems pids/pids.max blkio/blkio.throttle.read_bps_device blkio/blkio.throttle.write_iops_device; do [ -e /sys/fs/cgroup/$f ] && echo "$f $(cat /sys/fs/cgroup/$f | tr "\\n" " ")"; done',
  "sed 's/^/device /' /sys/fs/cgroup/devices/devices.list 2>/dev/null",
  "echo @writable",
  'for d in / /etc /tmp /run /dev /dev/shm /sys /sys/fs/cgroup /proc/sys; do if touch $d/.probe 2>/dev/null; then rm $d/.probe; echo "$d rw"; else echo "$d ro"; fi; done'
].join("\n")

/** Which namespaces are this process's own. */
const hosts = new Set(
  ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"].map((kind) =>
    fs.readlinkSync(`/proc/self/ns/${kind}`)
  )
)

/** Overlay's directories, and where a file of the host lies, are the engine's affair. */
const mount = (line: string): string =>
  line
    .replace(/ overlay overlay .*$/, " overlay")
    .replace(/^(\/etc\/(?:hosts|hostname|resolv\.conf) \S+).*$/, "$1 a file of the host")

const normal = (section: string, line: string): string => {
  const text = line.replaceAll("\r", "").replaceAll("\t", " ").trimEnd()
  switch (section) {
    case "mounts":
      return mount(text)
    case "namespaces": {
      const [kind, link = ""] = text.split(" ")
      return `${kind} ${hosts.has(link) ? "the host's" : "own"}`
    }
    case "env":
      return text.replace(/^HOSTNAME=[0-9a-f]{12}$/, "HOSTNAME=id")
    default:
      return text
  }
}

/** The lines of a probe, each with its section in front, sorted: order says nothing. */
export const lines = (output: string): ReadonlyArray<string> => {
  let section = ""
  return output
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("@")) {
        section = line.slice(1).trim()
        return []
      }
      return line.trim() === "" ? [] : [`${section}: ${normal(section, line)}`]
    })
    .sort()
}
