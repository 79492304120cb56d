import * as Context from "effect/Context"
import type { Handlers } from "./ControlServer.js"

/** Where a supervisor has commands done that others ask it to do. */
export class ErrandDesk extends Context.Tag("kasane/edge/supervisor/ErrandDesk")<
  ErrandDesk,
  { readonly take: Handlers["errand"] }
>() {}
