import type { Subcommand } from "./Subcommand.js"

type Load = () => Promise<{ readonly default: Subcommand }>

/** The sub-commands by name. Engines call one after another, each in a process of its own: only what is called is loaded. */
export const loaders: Readonly<Record<string, Load>> = {
  create: () => import("./create.js"),
  delete: () => import("./delete.js"),
  exec: () => import("./exec.js"),
  features: () => import("./features.js"),
  kill: () => import("./kill.js"),
  list: () => import("./list.js"),
  pause: () => import("./pause.js"),
  ps: () => import("./ps.js"),
  resume: () => import("./resume.js"),
  run: () => import("./run.js"),
  start: () => import("./start.js"),
  state: () => import("./state.js"),
  update: () => import("./update.js")
}
