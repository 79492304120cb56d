// npm run bench [NAME…]: how fast kasane is, as ratios to real engines measured in the same run. See docs/bench.md.
import { run } from "../support/bundled.mjs"

await run(new URL("main.ts", import.meta.url))
