import * as Effect from "effect/Effect"
import * as ContainerFilter from "../core/store/ContainerFilter.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { containerSize } from "./ContainerSize.js"

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
  readonly network: string
  /** Bytes: what it has written, and that with its image. */
  readonly size: { readonly written: number; readonly virtual: number } | undefined
}

/** The containers that fit, newest first. */
export const ps = (request: PsRequest) =>
  Effect.gen(function* () {
    const filter = yield* ContainerFilter.parse(request.filter)
    const all = yield* (yield* ContainerStore).list
    const everyState = request.all || request.last !== undefined || filter.asksForState
    const listed: Array<Listed> = []
    for (const container of all) {
      if (!everyState && !["running", "paused", "restarting"].includes(container.state.status)) continue
      const one = yield* look(container, request.size)
      if (ContainerFilter.fits(filter, { ...container, volumes: one.volumes, network: one.network }, all))
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
    const one: Listed = {
      container,
      volumes: [...volumes, ...binds],
      network: options._tag === "Some" ? networkName(options.value.network) : "",
      size: size ? yield* containerSize(container) : undefined
    }
    return one
  })

/** The network's name as Docker lists it. */
export const networkName = (mode: { readonly _tag: string; readonly name?: string }): string => {
  switch (mode._tag) {
    case "None":
      return "none"
    case "Named":
      return mode.name ?? ""
    default:
      return "host"
  }
}
