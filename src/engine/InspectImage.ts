import * as Effect from "effect/Effect"
import * as ChainId from "../core/layer/ChainId.js"
import type { ImageConfig } from "../core/oci/ImageConfig.js"
import * as Reference from "../core/oci/Reference.js"
import { sizeBytes } from "../core/store/ImageRecord.js"
import * as LayoutPaths from "../core/store/LayoutPaths.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import { StoreRoot } from "../edge/store/StoreRoot.js"

const familiar = (name: string) =>
  Effect.match(Reference.parse(name), { onFailure: () => name, onSuccess: Reference.familiar })

/** Docker's overlay2 data: where the layers of a stack lie on this host, the top one as `UpperDir`. */
export const graphDriver = (paths: LayoutPaths.LayoutPaths, chain: ReadonlyArray<ChainId.ChainId>) => {
  const top = chain.at(-1)
  if (top === undefined) return { Data: null, Name: "overlay2" }
  const directory = LayoutPaths.layer(paths, top)
  const lower = chain.slice(0, -1).reverse()
  return {
    Data: {
      ...(lower.length === 0
        ? {}
        : { LowerDir: lower.map((id) => LayoutPaths.layerDiff(paths, id)).join(":") }),
      MergedDir: `${directory}/merged`,
      UpperDir: LayoutPaths.layerDiff(paths, top),
      WorkDir: `${directory}/work`
    },
    Name: "overlay2"
  }
}

/** The execution config with the fields that Docker always prints. */
const execution = ({ config }: ImageConfig) => ({
  ...config,
  Env: config?.Env ?? null,
  Cmd: config?.Cmd ?? null,
  Entrypoint: config?.Entrypoint ?? null,
  Labels: config?.Labels ?? null,
  OnBuild: config?.OnBuild ?? null,
  User: config?.User ?? "",
  Volumes: config?.Volumes ?? null,
  WorkingDir: config?.WorkingDir ?? ""
})

/** What `inspect` shows of an image: Docker's JSON, with the real directories of its layers. */
export const inspectStored = (image: StoredImage) =>
  Effect.gen(function* () {
    const store = yield* ImageStore
    const { paths } = yield* StoreRoot
    const { record } = image
    const { config } = yield* store.config(record.id)
    const diffIds = config.rootfs.diff_ids ?? []
    return {
      Id: record.id,
      RepoTags: yield* Effect.forEach(image.names, familiar),
      RepoDigests: yield* Effect.forEach(record.repoDigests, familiar),
      Parent: record.parent ?? "",
      Comment: record.comment ?? "",
      Created: config.created ?? "",
      DockerVersion: "",
      Author: config.author ?? "",
      Config: execution(config),
      Architecture: config.architecture,
      ...(config.variant ? { Variant: config.variant } : {}),
      Os: config.os,
      Size: sizeBytes(record),
      GraphDriver: graphDriver(paths, ChainId.all(diffIds)),
      RootFS: { Type: "layers", ...(diffIds.length === 0 ? {} : { Layers: diffIds }) },
      Metadata: { LastTagTime: "0001-01-01T00:00:00Z" },
      Descriptor: {
        mediaType: record.manifest.mediaType,
        digest: record.manifest.digest,
        size: record.manifest.size
      }
    }
  })

/** The same for the image that the user means. */
export const inspectImage = (text: string) =>
  Effect.gen(function* () {
    const store = yield* ImageStore
    return yield* inspectStored(yield* store.resolve(text))
  })
