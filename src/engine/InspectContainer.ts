import * as Effect from "effect/Effect"
import * as ContainerView from "../core/container/ContainerView.js"
import * as Resolve from "../core/container/Resolve.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import * as ContainerNetworks from "./ContainerNetworks.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { containerSize } from "./ContainerSize.js"
import { find } from "./Find.js"
import * as SharedNetwork from "./SharedNetwork.js"

/** Everything about the container that a user means, in Docker's JSON. */
export const inspectContainer = (text: string) =>
  Effect.gen(function* () {
    const container = yield* find(text)
    const { record } = container
    const asked = yield* ContainerRequest.options(record)
    // Whom it shared a network with may be gone.
    const known = yield* Effect.orElseSucceed(
      SharedNetwork.known(container, asked),
      (): SharedNetwork.Known => ({ options: asked, paths: container.paths, owner: undefined })
    )
    const { options } = known
    const paths = {
      ...container.paths,
      hosts: known.paths.hosts,
      hostname: known.paths.hostname,
      resolvConf: known.paths.resolvConf
    }
    const kept = yield* ContainerRequest.kept(record)
    const volumes = yield* VolumeStore
    const mountpoints: Record<string, string> = {}
    for (const [target, { name }] of Object.entries(kept.volumes)) {
      const volume = yield* Effect.option(volumes.get(name))
      mountpoints[target] = volume._tag === "Some" ? volume.value.mountpoint : ""
    }
    const lower =
      record.chainId === undefined
        ? []
        : yield* Effect.orElseSucceed((yield* LayerStore).lowerDirs(record.chainId), () => [])
    const host = yield* (yield* HostProbe).host
    return ContainerView.make(record, container.state, paths, {
      options,
      volumes: kept.volumes,
      mountpoints,
      lower,
      defaultNetwork: host.network === "host" ? "host" : "bridge",
      network: yield* ContainerNetworks.seen(record, options, host.network),
      hostname: Resolve.hostnameOf(options, host, record.id)
    })
  })

/** The same with what it has written: `SizeRw`, and `SizeRootFs` with its image. */
export const inspectContainerWithSize = (text: string) =>
  Effect.gen(function* () {
    const { written, virtual } = yield* containerSize(yield* (yield* ContainerStore).resolve(text))
    return { ...(yield* inspectContainer(text)), SizeRw: written, SizeRootFs: virtual }
  })
