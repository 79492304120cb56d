import * as Effect from "effect/Effect"
import * as PortView from "../core/network/PortView.js"
import type { Digest } from "../core/oci/Digest.js"
import * as Platform from "../core/oci/Platform.js"
import * as ContainerFilter from "../core/store/ContainerFilter.js"
import type { ContainerRecord } from "../core/store/ContainerRecord.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import * as ContainerNetworks from "./ContainerNetworks.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { containerSize } from "./ContainerSize.js"
import { findAll } from "./Find.js"

/** Which containers to list. */
export interface PsRequest {
  /** Also those that do not run. */
  readonly all: boolean
  /** The newest so many, running or not; undefined is no limit. */
  readonly last: number | undefined
  readonly filter: ReadonlyArray<readonly [string, string]>
  /** Look up what each has written. */
  readonly size: boolean
  /** Look up each one's platform. */
  readonly platform: boolean
}

/** A container as `ps` lists it. */
export interface Listed extends ContainerFilter.Candidate {
  readonly container: StoredContainer
  /** Names of its volumes, and sources of its binds. */
  readonly mounts: ReadonlyArray<string>
  /** The PORTS column. */
  readonly ports: string
  /** Bytes: what it has written, and that with its image. */
  readonly size: { readonly written: number; readonly virtual: number } | undefined
  /** `linux/amd64`; undefined where it was not asked for, or its image is gone. */
  readonly platform: string | undefined
}

/** The containers that fit, newest first. */
export const ps = (request: PsRequest) =>
  Effect.gen(function* () {
    const filter = yield* ContainerFilter.parse(request.filter)
    const all = yield* findAll
    const named = yield* lookUp(filter, all)
    const limit = request.last !== undefined && request.last > 0 ? request.last : undefined
    const everyState = request.all || limit !== undefined || filter.has("status")
    const listed: Array<Listed> = []
    for (const container of all) {
      if (!everyState && !["running", "paused", "restarting"].includes(container.state.status)) continue
      const one = yield* look(container, request)
      if (ContainerFilter.fits(filter, one, named)) listed.push(one)
      if (listed.length === limit) break
    }
    return listed
  })

/** What a filter names. A container that it names must be there; an image that is not has no containers. */
const lookUp = (filter: ContainerFilter.ContainerFilter, all: ReadonlyArray<StoredContainer>) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const created = new Map<string, string>()
    for (const name of ["before", "since"].flatMap((one) => ContainerFilter.valuesOf(filter, one)))
      created.set(name, (yield* store.resolve(name)).record.created)
    return {
      ids: all.map(({ record }) => record.id),
      images: yield* descendants(ContainerFilter.valuesOf(filter, "ancestor")),
      created
    } satisfies ContainerFilter.Named
  })

/** The images that are meant, and all that were made from them. */
const descendants = (ancestors: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const found = new Set<Digest>()
    const images = yield* ImageStore
    for (const text of ancestors) {
      const image = yield* Effect.option(images.resolve(text))
      if (image._tag === "Some") found.add(image.value.record.id)
    }
    // A set goes on over what is added while it is gone through.
    for (const id of found) for (const child of yield* images.children(id)) found.add(child)
    return found
  })

const platformOf = ({ imageId }: ContainerRecord) =>
  Effect.gen(function* () {
    const image = yield* (yield* ImageStore).get(imageId)
    return image._tag === "Some" ? Platform.print(image.value.record) : undefined
  })

const look = (container: StoredContainer, { size, platform }: PsRequest) =>
  Effect.gen(function* () {
    const { record, state } = container
    const kept = yield* Effect.option(ContainerRequest.kept(record))
    const options = yield* Effect.option(ContainerRequest.options(record))
    const binds =
      options._tag === "Some"
        ? options.value.mounts.flatMap((mount) => (mount._tag === "Bind" ? [mount] : []))
        : []
    const volumes = kept._tag === "Some" ? Object.entries(kept.value.volumes) : []
    const host = yield* (yield* HostProbe).host
    const seen =
      options._tag === "Some" ? yield* ContainerNetworks.seen(record, options.value, host.network) : undefined
    const published = seen?.life?.published ?? []
    const runs = seen?.life !== undefined || state.process !== undefined
    const exposed = runs ? Object.keys(record.config.ExposedPorts ?? {}) : []
    const mounts = [...volumes.map(([, { name }]) => name), ...binds.map(({ source }) => source)]
    const one: Listed = {
      container,
      record,
      state,
      mounts,
      volumes: [...mounts, ...volumes.map(([target]) => target), ...binds.map(({ target }) => target)],
      networks: seen?.networks ?? [],
      published: published.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`),
      exposed: [...published.map(({ port, protocol }) => `${port}/${protocol}`), ...exposed],
      ports: PortView.column(published, exposed),
      size: size ? yield* containerSize(container) : undefined,
      platform: platform ? yield* platformOf(record) : undefined
    }
    return one
  })
