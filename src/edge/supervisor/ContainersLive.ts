import * as Layer from "effect/Layer"
import type { ContainerFiles } from "../host/ContainerFiles.js"
import * as ContainerFilesNode from "../host/ContainerFilesNode.js"
import type { HostProbe } from "../host/HostProbe.js"
import * as HostProbeLinux from "../host/HostProbeLinux.js"
import * as ProcessTable from "../host/ProcessTable.js"
import type { Randomness } from "../host/Randomness.js"
import * as RandomnessNode from "../host/RandomnessNode.js"
import * as SelfCommand from "../host/SelfCommand.js"
import type { Runtime } from "../runtime/Runtime.js"
import * as RuntimeNative from "../runtime/RuntimeNative.js"
import type { UserTerminal } from "../terminal/UserTerminal.js"
import * as UserTerminalNode from "../terminal/UserTerminalNode.js"
import * as ContainerLogs from "./ContainerLogs.js"
import type { Streams } from "./Streams.js"
import * as StreamsNode from "./StreamsNode.js"
import type { Supervisor } from "./Supervisor.js"
import * as SupervisorClient from "./SupervisorClient.js"

/** Everything that containers live on, besides the store. */
export type Containers =
  | ContainerFiles
  | ContainerLogs.ContainerLogs
  | HostProbe
  | ProcessTable.ProcessTable
  | Randomness
  | Runtime
  | SelfCommand.SelfCommand
  | Streams
  | Supervisor
  | UserTerminal

/** For the store at `root`; `words` run this program. Nothing is read or started before a service is asked to. */
export const layer = (root: string, words: SelfCommand.Words): Layer.Layer<Containers> =>
  Layer.mergeAll(
    ContainerFilesNode.layer,
    ContainerLogs.layer,
    HostProbeLinux.layer,
    ProcessTable.layer,
    RandomnessNode.layer,
    RuntimeNative.layerNative(`${root}/containers`),
    SelfCommand.layer(words, root),
    StreamsNode.layer,
    SupervisorClient.layer({ root, command: [...words, "--root", root, "supervise"] }),
    UserTerminalNode.layer
  )
