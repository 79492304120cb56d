import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LayoutPaths from "../../core/store/LayoutPaths.js"
import { ContainerFiles } from "../host/ContainerFiles.js"
import * as ContainerFilesNode from "../host/ContainerFilesNode.js"
import { HostProbe } from "../host/HostProbe.js"
import * as HostProbeLinux from "../host/HostProbeLinux.js"
import * as ProcessTable from "../host/ProcessTable.js"
import { Randomness } from "../host/Randomness.js"
import * as RandomnessNode from "../host/RandomnessNode.js"
import * as SelfCommand from "../host/SelfCommand.js"
import { Network } from "../network/Network.js"
import * as NetworkLive from "../network/NetworkLive.js"
import { Resolver } from "../network/Resolver.js"
import { UserNetwork } from "../network/UserNetwork.js"
import * as ControlGroups from "../runtime/ControlGroups.js"
import { Runtime } from "../runtime/Runtime.js"
import * as RuntimeChosen from "../runtime/RuntimeChosen.js"
import { UserTerminal } from "../terminal/UserTerminal.js"
import * as UserTerminalNode from "../terminal/UserTerminalNode.js"
import * as ContainerLogs from "./ContainerLogs.js"
import { Streams } from "./Streams.js"
import * as StreamsNode from "./StreamsNode.js"
import { Supervisor } from "./Supervisor.js"
import * as SupervisorClient from "./SupervisorClient.js"

/** Everything that containers live on, besides the store. */
export type Containers =
  | ContainerFiles
  | ContainerLogs.ContainerLogs
  | ControlGroups.ControlGroups
  | HostProbe
  | Network
  | ProcessTable.ProcessTable
  | Randomness
  | Resolver
  | Runtime
  | SelfCommand.SelfCommand
  | Streams
  | Supervisor
  | UserNetwork
  | UserTerminal

/**
 * For the store at `root`; `words` run this program. Nothing is read or started before a service is asked to. One context
 * rather than a layer each: see StoreLive.
 */
export const layer = (root: string, words: SelfCommand.Words): Layer.Layer<Containers> =>
  Layer.effectContext(
    Effect.map(HostProbeLinux.make, (probe) =>
      Context.make(HostProbe, probe).pipe(
        Context.add(ContainerFiles, ContainerFilesNode.service),
        Context.add(ContainerLogs.ContainerLogs, ContainerLogs.service),
        Context.add(Network, NetworkLive.service),
        Context.add(ControlGroups.ControlGroups, ControlGroups.service),
        Context.add(Resolver, NetworkLive.resolver),
        Context.add(UserNetwork, NetworkLive.userNetwork(LayoutPaths.of(root).networkLives)),
        Context.add(ProcessTable.ProcessTable, ProcessTable.service),
        Context.add(Randomness, RandomnessNode.service),
        Context.add(Runtime, RuntimeChosen.service(`${root}/containers`)),
        Context.add(SelfCommand.SelfCommand, SelfCommand.service(words, root)),
        Context.add(Streams, StreamsNode.service),
        Context.add(
          Supervisor,
          SupervisorClient.service({ root, command: [...words, "--root", root, "supervise"] })
        ),
        Context.add(UserTerminal, UserTerminalNode.service())
      )
    )
  )
