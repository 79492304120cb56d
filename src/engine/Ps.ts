import * as Effect from "effect/Effect"
import * as PortView from "../core/network/PortView.js"
import * as ContainerFilter from "../core/store/ContainerFilter.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
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
}

/** A container as `ps` lists it. */
export interface Listed {
  readonly container: StoredContainer
  readonly volumes: ReadonlyArray<string>
  /** Names of its networks. */
  readonly networks: ReadonlyArray<string>
  /** The PORTS column. */
  readonly ports: string
  /** Bytes: what it has written, and that with its image. */
  readonly size: { readonly written: number; readonly virtual: number } | undefined
}

/** The containers that fit, newest first. */
export const ps = (request: PsRequest) =>
  Effect.gen(function* () {
    const filter = yield* ContainerFilter.parse(request.filter)
    const all = yield* findAll
    const everyState = request.all || request.last !== undefined || filter.asksForState
    const listed: Array<Listed> = []
    for (const container of all) {
      if (!everyState && !["running", "paused", "restarting"].includes(container.state.status)) continue
      const one = yield* look(container, request.size)
      if (ContainerFilter.fits(filter, { ...container, volumes: one.volumes, networks: one.networks }, all))
        listed.push(one)
    }
    return request.last === undefined ? listed : listed.slice(0, request.last)
  })

const look = (container: StoredContainer, size: boolean) =>
  Effect.gen(function* () {
    const { record } = container
    const kept = yield* Effect.option(ContainerRequest.kept(record))
    const options = yield* Effect.option(ContainerRequest.options(record))
    const binds =
      options._tag === "Some"
        ? options.value.mounts.flatMap((mount) => (mount._tag === "Bind" ? [mount.source] : []))
        : []
    const volumes = kept._tag === "Some" ? Object.values(kept.value.volumes).map(({ name }) => name) : []
    const host = yield* (yield* HostProbe).host
    const seen =
      options._tag === "Some" ? yield* ContainerNetworks.seen(record, options.value, host.network) : undefined
    const networks = seen?.networks.map(({ name }) => name) ?? []
    const life = seen?.life
    const runs = container.state.process !== undefined
    const exposed = Object.keys(record.config.ExposedPorts ?? {})
    const one: Listed = {
      container,
      volumes: [...volumes, ...binds],
      networks,
      ports: PortView.column(life?.published ?? [], life === undefined && !runs ? [] : exposed),
      size: size ? yield* containerSize(container) : undefined
    }
    return one
  })
