import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Reference from "../../src/core/oci/Reference.js"
import type { Credential } from "../../src/edge/registry/Credentials.js"
import * as GzipLayerCompression from "../../src/edge/registry/GzipLayerCompression.js"
import type { LayerCompression } from "../../src/edge/registry/LayerCompression.js"
import type { RegistryClient } from "../../src/edge/registry/RegistryClient.js"
import type { Store } from "../../src/edge/store/StoreLive.js"
import type { StoreRoot } from "../../src/edge/store/StoreRoot.js"
import type { WantedPlatform } from "../../src/engine/RemoteImage.js"
import { client } from "../edge/registry/client.js"
import { withStore } from "../support/store/TemporaryStore.js"

export const amd64: WantedPlatform = { platform: { os: "linux", architecture: "amd64" }, isAsked: false }

export const reference = (text: string): Reference.Reference =>
  Reference.withDefaultTag(Either.getOrThrow(Reference.parse(text)))

export type Transfer = Store | StoreRoot | RegistryClient | LayerCompression | Scope.Scope

/** A fresh store, and everything else that pull and push need. */
export const withTransfer = <A, E>(
  use: (dir: string) => Effect.Effect<A, E, Transfer>,
  credential?: Credential
) =>
  withStore((dir) =>
    Effect.scoped(use(dir)).pipe(
      Effect.provide(
        Layer.merge(
          client(credential === undefined ? {} : { credential }),
          GzipLayerCompression.layerFs(`${dir}/pushed`)
        )
      )
    )
  )
