#!/usr/bin/env -S node --
// Copied to dist/kasane-oci.mjs: `kasane oci` as one program, for engines that are given a runtime's path (podman --runtime PATH).
process.argv.splice(2, 0, "oci")
await import("./kasane.mjs")
