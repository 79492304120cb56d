import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Digests from "../../src/core/oci/Digest.js"
import { type ContainerState, created, type ProcessIdentity } from "../../src/core/store/ContainerState.js"
import * as LayoutPaths from "../../src/core/store/LayoutPaths.js"
import { ContainerFiles } from "../../src/edge/host/ContainerFiles.js"
import { Network } from "../../src/edge/network/Network.js"
import { UserNetwork } from "../../src/edge/network/UserNetwork.js"
import { Runtime } from "../../src/edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../../src/edge/store/ContainerStore.js"
import { NetworkStore } from "../../src/edge/store/NetworkStore.js"
import { StoreRoot } from "../../src/edge/store/StoreRoot.js"
import { VolumeStore } from "../../src/edge/store/VolumeStore.js"
import { Supervisor } from "../../src/edge/supervisor/Supervisor.js"
import { untilSettled } from "../../src/engine/Wait.js"
import { record as recordOf } from "../support/store/Containers.js"

const record = recordOf(Digests.ofBytes("image"), undefined)
const paths = LayoutPaths.container(LayoutPaths.of("/nowhere"), record.id)
const relay: ProcessIdentity = { bootId: "boot", pid: 7, startTicks: "70" }

/** A store that shows one state after another, the last one for ever, and tells how many looks it had. */
const showing = (states: ReadonlyArray<ContainerState>) => {
  let looks = 0
  const now = (): StoredContainer => ({
    record,
    paths,
    state: states[Math.min(looks++, states.length - 1)] ?? created
  })
  return {
    looks: () => looks,
    layer: Layer.mergeAll(
      Layer.mock(ContainerStore, {
        get: () => Effect.sync(now),
        identify: () => Effect.succeed(relay)
      }),
      Layer.mock(ContainerFiles, {}),
      Layer.mock(Runtime, {}),
      Layer.mock(VolumeStore, {}),
      Layer.mock(Network, {}),
      Layer.mock(UserNetwork, {}),
      Layer.mock(NetworkStore, {}),
      Layer.mock(Supervisor, { wait: () => Effect.succeed(undefined) }),
      Layer.succeed(StoreRoot, { paths: LayoutPaths.of("/nowhere"), identity: "root" })
    )
  }
}

describe("waiting for the last of a container's lives", () => {
  it.live("goes on over an end that its relay has yet to write down", () =>
    Effect.gen(function* () {
      const ending: ContainerState = { ...created, status: "exited", exitCode: 1, relay }
      const waiting: ContainerState = { ...ending, status: "restarting", restartCount: 1 }
      const settled: ContainerState = { ...created, status: "exited", exitCode: 1, restartCount: 1 }
      const shown = showing([ending, waiting, ending, ending, settled])
      yield* Effect.provide(untilSettled(record.id), shown.layer)
      expect(shown.looks()).toBeGreaterThanOrEqual(5)
    })
  )
})
