#!/bin/sh
":" //; self=$0; [ -L "$self" ] && self=$(readlink -f -- "$self"); [ "${self#*/}" = "$self" ] && self=./$self
":" //; exec node -- "${self%/*}/kasane.cjs" "$@"
// Copied to dist/kasane.mjs. A shell reads the lines above and goes on as Node with the script beside this file: as an ES
// module that script would start 4 ms later. Node, given this file, reads the line below. The `--`: Node takes an --env-file
// wherever it stands among the arguments, so also run's, unless it comes first. docs/adr/0600-start-up.md
import "./kasane.cjs"
