import * as Effect from "effect/Effect"
import type { Life } from "../core/network/Life.js"
import * as NetworkName from "../core/network/NetworkName.js"
import * as NetworkPlan from "../core/network/NetworkPlan.js"
import * as NetworkEvents from "../core/store/NetworkEvents.js"
import { Network } from "../edge/network/Network.js"
import { UserNetwork } from "../edge/network/UserNetwork.js"
import { tell } from "../edge/store/Events.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { lives } from "./LivingProcess.js"
import * as Networks from "./Networks.js"

/** The lives whose process is there. */
export const living = Effect.gen(function* () {
  const all = yield* (yield* NetworkStore).lives
  return yield* Effect.filter(all, (life) => lives(life.process))
})

/** What the life of a container that runs has of the network; undefined for one that does not run, or has none. */
export const lifeOf = (container: string) =>
  Effect.gen(function* () {
    const life = yield* (yield* NetworkStore).life(container)
    return life !== undefined && (yield* lives(life.process)) ? life : undefined
  })

/** Takes away what a life had, whatever of it was made. */
const undo = (life: Life) =>
  Effect.gen(function* () {
    const links = life.endpoints.flatMap(({ link }) => (link === "" ? [] : [link]))
    if (links.length > 0) yield* (yield* Network).disconnect(links)
    if (life.helper !== undefined) yield* (yield* UserNetwork).stop(life.container)
  })

/**
 * Undoes what dead containers had, and `ended` whatever it is; gives what lives. A life is forgotten last: whoever dies half way
 * leaves it to the next. Hold the networks' lock.
 */
export const sweep = (ended?: string) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    const alive = (yield* living).filter(({ container }) => container !== ended)
    const dead = (yield* store.lives).filter((life) =>
      alive.every(({ container }) => container !== life.container)
    )
    if (dead.length === 0) return alive
    yield* Effect.forEach(dead, undo)
    const left = dead.flatMap(({ endpoints }) => endpoints.map(({ network }) => network))
    yield* tidy(alive, left)
    for (const { container, endpoints } of dead) {
      yield* store.endLife(container)
      for (const endpoint of endpoints)
        yield* tell(NetworkEvents.ofEndpoint("disconnect", endpoint, container))
    }
    return alive
  })

/**
 * Makes the host's side fit what lives: the firewall, and no bridge of the networks that were `left` and that nobody uses. Hold the
 * networks' lock.
 */
export const tidy = (alive: ReadonlyArray<Life>, left: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const network = yield* Network
    const records = yield* (yield* NetworkStore).list
    // An ordinary user has no bridges, and no firewall to write.
    if (records.every(({ bridge }) => bridge === "")) return
    const used = new Set(alive.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.network)))
    for (const { id, bridge } of records)
      if (bridge !== "" && left.includes(id) && !used.has(id)) yield* network.removeBridge(bridge)
    const table = NetworkName.table(yield* Networks.storeMark)
    yield* network.wall(NetworkPlan.walls(table, records, alive))
  })
