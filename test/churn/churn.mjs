// npm run churn [crowd [COUNT]] [cycles [COUNT]]: many containers at once, and one after another. See docs/bench.md.
import { run } from "../support/bundled.mjs"

await run(new URL("main.ts", import.meta.url))
