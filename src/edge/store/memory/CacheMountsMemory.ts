import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type CacheMountIdentity, nameOf } from "../../../core/store/CacheMountRecord.js"
import { CacheMounts } from "../CacheMounts.js"
import { attempt } from "../fs/Failure.js"
import * as FileNode from "./FileNode.js"
import { Memory, type MemoryCacheMount, type MemoryState } from "./MemoryState.js"

/** Who has a mount alone has all of it. */
const whole = 1_000_000

const pathOf = ({ paths }: MemoryState, name: string): string => `${paths.cache}/mounts/${name}/data`

const ensured = <E>(
  state: MemoryState,
  identity: CacheMountIdentity,
  copy: number,
  fill: (directory: string) => Effect.Effect<void, E>
) =>
  Effect.gen(function* () {
    const name = nameOf(identity, copy)
    const path = pathOf(state, name)
    const known = state.cacheMounts.get(name)
    if (known !== undefined) return known
    const beside = `${path}.${state.next()}`
    state.directories.set(beside, FileNode.emptyTree)
    yield* Effect.tapError(fill(beside), () => Effect.sync(() => state.directories.delete(beside)))
    const filled = state.directories.get(beside) ?? FileNode.emptyTree
    state.directories.delete(beside)
    // Another step may have made it meanwhile: that one is everybody's.
    const other = state.cacheMounts.get(name)
    if (other !== undefined) return other
    const created = new Date(yield* Clock.currentTimeMillis).toISOString()
    const { mode, uid, gid } = identity
    state.directories.set(path, { ...filled, data: { ...filled.data, mode, uid, gid } })
    const made: MemoryCacheMount = {
      record: { identity, copy, created },
      lastUsed: created,
      users: 0,
      turns: Effect.unsafeMakeSemaphore(whole)
    }
    state.cacheMounts.set(name, made)
    return made
  })

/** Has a mount until the scope closes. */
const held = (mount: MemoryCacheMount, permits: number) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.zipRight(
      Effect.map(restore(mount.turns.take(permits)), () => {
        mount.users += 1
      }),
      Effect.addFinalizer(() =>
        Effect.suspend(() => {
          mount.users -= 1
          return mount.turns.release(permits)
        })
      )
    )
  )

export const layer: Layer.Layer<CacheMounts, never, Memory> = Layer.effect(
  CacheMounts,
  Effect.map(Memory, ({ state }) => {
    const take: CacheMounts["Type"]["take"] = (identity, sharing, fill) =>
      Effect.gen(function* () {
        let mount = yield* ensured(state, identity, 0, fill)
        if (sharing === "private")
          for (let copy = 1; mount.users > 0; copy++) mount = yield* ensured(state, identity, copy, fill)
        yield* held(mount, sharing === "shared" ? 1 : whole)
        mount.lastUsed = new Date(yield* Clock.currentTimeMillis).toISOString()
        return pathOf(state, nameOf(mount.record.identity, mount.record.copy))
      })
    return CacheMounts.of({
      take,
      list: Effect.sync(() =>
        [...state.cacheMounts].map(([name, { record, lastUsed, users }]) => ({
          name,
          record,
          path: pathOf(state, name),
          lastUsed,
          inUse: users > 0
        }))
      ),
      remove: (name) =>
        attempt("remove", name, () => {
          const known = state.cacheMounts.get(name)
          if (known === undefined || known.users > 0) return false
          state.directories.delete(pathOf(state, name))
          return state.cacheMounts.delete(name)
        })
    })
  })
)
