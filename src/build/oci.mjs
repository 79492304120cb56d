#!/bin/sh
":" //; self=$0; [ -L "$self" ] && self=$(readlink -f -- "$self"); [ "${self#*/}" = "$self" ] && self=./$self
":" //; exec node -- "${self%/*}/kasane.cjs" oci "$@"
// Copied to dist/kasane-oci.mjs: `kasane oci` as one program, for engines that are given a runtime's path (podman --runtime PATH).
// For the lines above see kasane.mjs.
process.argv.splice(2, 0, "oci")
await import("./kasane.cjs")
