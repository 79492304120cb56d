import * as AttachFlags from "./AttachFlags.js"
import * as ContainerFlags from "./ContainerFlags.js"
import * as Flag from "./Flag.js"

/** How `run` stands to the container that it made. */
export const run = {
  attach: AttachFlags.attach,
  detach: Flag.toggle("detach", { short: "d", help: "Run container in background and print container ID" }),
  detachKeys: AttachFlags.detachKeys,
  sigProxy: AttachFlags.sigProxy
} as const

const { platform, pull, quiet } = ContainerFlags.making

/** What is kept of a container's making, so that it can be told again. */
export const kept = { ...run, platform, pull, quiet } as const
