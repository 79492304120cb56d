import { route } from "./cli/Route.js"

// The process's first step loads no more than the words need; what is asked decides what is loaded next.
const asked = route(process.argv.slice(2))
import("./main.js").then(({ main }) => main(asked))
