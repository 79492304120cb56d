// npm run bench [NAME…]: how fast kasane is, as ratios to real engines measured in the same run. See docs/bench.md.
import { source } from "../parity/source.mjs"

const { main } = await source("../test/bench/main.ts")
await main(process.argv.slice(2))
