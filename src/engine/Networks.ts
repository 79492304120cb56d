import * as Effect from "effect/Effect"
import * as Address from "../core/network/Address.js"
import * as Allocation from "../core/network/Allocation.js"
import type { Life } from "../core/network/Life.js"
import * as NetworkName from "../core/network/NetworkName.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import * as Digests from "../core/oci/Digest.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Randomness } from "../edge/host/Randomness.js"
import { Network } from "../edge/network/Network.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { StoreRoot } from "../edge/store/StoreRoot.js"
import { invalid } from "./EngineError.js"

/** Root's store of the machine: its links and its table have the plain names. */
const machineStore = "/var/lib/kasane"

/** What tells this store's links and table from those of another store on the machine. */
export const storeMark = Effect.map(StoreRoot, ({ paths }) =>
  paths.root === machineStore ? "" : Digests.hex(Digests.ofBytes(paths.root)).slice(0, 12)
)

/** The subnets of networks. */
export const subnets = (
  records: ReadonlyArray<Pick<NetworkRecord.NetworkRecord, "pools">>
): ReadonlyArray<Address.Subnet> =>
  records.flatMap(({ pools }) =>
    pools.flatMap(({ subnet }) => {
      const found = Address.parseCidr(subnet)
      return found._tag === "Right" ? [found.right.subnet] : []
    })
  )

/** A pool that overlaps nothing that a network has or the host has a route to. Hold the networks' lock. */
export const freePool = Effect.gen(function* () {
  const known = subnets(yield* (yield* NetworkStore).list)
  const routed = yield* (yield* Network).routedBut("")
  const subnet = yield* Allocation.freeSubnet([...known, ...routed])
  const pool: NetworkRecord.Pool = { subnet: Address.showSubnet(subnet), auxiliary: {} }
  const gateway = yield* Allocation.defaultGateway(pool)
  return { ...pool, gateway: Address.show(gateway) } satisfies NetworkRecord.Pool
})

/**
 * The record, with a subnet of its own again if the host has come to use the old one for something else while nothing of ours
 * did. Hold the networks' lock.
 */
export const clearOfHost = (record: NetworkRecord.NetworkRecord, lives: ReadonlyArray<Life>) =>
  Effect.gen(function* () {
    const isInUse = lives.some(({ endpoints }) => endpoints.some(({ network }) => network === record.id))
    if (isInUse) return record
    const own = subnets([record])
    const routed = yield* (yield* Network).routedBut(record.bridge)
    const taken = routed.find((subnet) => own.some((one) => Address.overlap(one, subnet)))
    if (taken === undefined) return record
    if (!record.automatic)
      return yield* invalid(
        `network ${record.name}: the subnet ${own.map(Address.showSubnet).join(", ")} overlaps ${Address.showSubnet(taken)}, which this host has a route to; choose another --subnet`
      )
    const fresh = {
      ...record,
      pools: [yield* freePool, ...record.pools.filter(({ subnet }) => subnet.includes(":"))]
    }
    yield* (yield* NetworkStore).update(fresh)
    return fresh
  })

const base = {
  internal: false,
  attachable: false,
  ipv6: false,
  labels: {},
  options: {},
  pools: [],
  automatic: true,
  bridge: ""
} as const

/** Makes the networks that every store has, if they are not there. Hold the networks' lock. */
const providePredefined = Effect.gen(function* () {
  const store = yield* NetworkStore
  const random = yield* Randomness
  const host = yield* (yield* HostProbe).host
  const mark = yield* storeMark
  const known = new Set((yield* store.list).map(({ name }) => name))
  const now_ms = yield* random.now
  for (const [index, driver] of (["bridge", "host", "null"] as const).entries()) {
    const name = NetworkRecord.predefined[driver]
    if (known.has(name)) continue
    const id = yield* random.id
    const created = new Date(now_ms + index).toISOString()
    const isBridge = driver === "bridge" && host.network === "bridge"
    yield* store.create({
      ...base,
      id,
      name,
      created,
      driver,
      ...(isBridge ? { pools: [yield* freePool], bridge: NetworkName.bridge(id, true, mark) } : {})
    })
  }
})

/** Every network, the predefined ones among them. */
export const all = Effect.gen(function* () {
  const store = yield* NetworkStore
  const found = yield* store.list
  if (Object.values(NetworkRecord.predefined).every((name) => found.some((one) => one.name === name)))
    return found
  yield* Effect.scoped(Effect.zipRight(store.lock, providePredefined))
  return yield* store.list
})

/** The network that a user means. */
export const resolve = (text: string) =>
  Effect.zipRight(
    all,
    Effect.flatMap(NetworkStore, (store) => store.resolve(text))
  )
