"""Builds filters with libseccomp and exports their BPF.

stdin: JSON {"policies": [{"default": verdict, "abis": [...], "rules": [{"names", "verdict", "conditions"}]}]}
stdout: JSON {"unknown": [names that this libseccomp does not know], "programs": [hex of struct sock_filter[]]}
"""
import json
import os
import sys
import tempfile

import seccomp

ARCHES = {
    "x86_64": seccomp.Arch.X86_64,
    "x86": seccomp.Arch.X86,
    "x32": seccomp.Arch.X32,
    "aarch64": seccomp.Arch.AARCH64,
    "arm": seccomp.Arch.ARM,
}


def action(verdict):
    kind, data = verdict & 0xFFFF0000, verdict & 0xFFFF
    if kind == 0x00050000:
        return seccomp.ERRNO(data)
    if kind == 0x7FF00000:
        return seccomp.TRACE(data)
    return {
        0x7FFF0000: seccomp.ALLOW,
        0x7FFC0000: seccomp.LOG,
        0x00030000: seccomp.TRAP,
        0x80000000: seccomp.KILL_PROCESS,
        0x00000000: seccomp.KILL,
    }[kind]


def known(name):
    # Negative pseudo numbers stand for names that another architecture has; -1 is "never heard of".
    return seccomp.resolve_syscall(seccomp.Arch.X86_64, name) != -1


def export(policy):
    f = seccomp.SyscallFilter(action(policy["default"]))
    for abi in policy["abis"]:
        if not f.exist_arch(ARCHES[abi]):
            f.add_arch(ARCHES[abi])
    for arch in ARCHES.items():
        if arch[0] not in policy["abis"] and f.exist_arch(arch[1]):
            f.remove_arch(arch[1])
    for rule in policy["rules"]:
        args = [
            seccomp.Arg(c["index"], getattr(seccomp, c["operator"]), int(c["value"]), int(c["valueTwo"]))
            for c in rule["conditions"]
        ]
        for name in rule["names"]:
            if known(name):
                f.add_rule(action(rule["verdict"]), name, *args)
    with tempfile.TemporaryFile() as out:
        f.export_bpf(out)
        out.seek(0)
        return out.read().hex()


request = json.load(sys.stdin)
names = {name for p in request["policies"] for r in p["rules"] for name in r["names"]}
json.dump(
    {"unknown": sorted(n for n in names if not known(n)), "programs": [export(p) for p in request["policies"]]},
    sys.stdout,
)
