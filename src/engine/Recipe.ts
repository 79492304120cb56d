import * as Effect from "effect/Effect"
import * as Recipe from "../core/container/Recipe.js"
import * as Connections from "../core/network/Connections.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import * as ContainerRequest from "./ContainerRequest.js"

/** How a container can be made again. */
export interface Told {
  readonly recipe: Recipe.Recipe
  /** What `network connect` and `network disconnect` changed since; networks by name. */
  readonly connected: ReadonlyArray<Connections.Connection>
  readonly disconnected: ReadonlyArray<string>
  /** True where the image's name means another image by now, or none. */
  readonly imageMoved: boolean
}

/** The command that made a container, and what must follow it to have the same networks. */
export const recipe = ({ record }: StoredContainer) =>
  Effect.gen(function* () {
    const networks = yield* NetworkStore
    const { connections } = yield* ContainerRequest.options(record)
    const { added, removed } = Connections.since(yield* networks.connections(record.id), connections)
    const nameOf = (network: string) =>
      Effect.match(networks.resolve(network), { onFailure: () => network, onSuccess: ({ name }) => name })
    const image = yield* Effect.option((yield* ImageStore).resolve(record.image))
    return {
      recipe: Recipe.of(record, yield* ContainerRequest.kept(record)),
      connected: yield* Effect.forEach(added, (connection) =>
        Effect.map(nameOf(connection.network), (network) => ({ ...connection, network }))
      ),
      disconnected: yield* Effect.forEach(removed, nameOf),
      imageMoved: image._tag === "None" || image.value.record.id !== record.imageId
    } satisfies Told
  })
