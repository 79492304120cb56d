import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ChainId from "../../core/layer/ChainId.js"
import type { LayerMention } from "../../core/layer/LayerMention.js"
import type { Digest } from "../../core/oci/Digest.js"
import { LayerStore } from "../../edge/store/LayerStore.js"
import type { StoreError } from "../../edge/store/StoreError.js"

/** Layers of which each knows what made it, base first. */
export interface Stack<Maker> {
  readonly layers: ReadonlyArray<{
    readonly diffId: Digest
    readonly chain: ChainId.ChainId
    readonly maker: Maker
  }>
}

export const of = <Maker>(
  made: ReadonlyArray<{ readonly diffId: Digest; readonly maker: Maker }>
): Stack<Maker> => {
  const chains = ChainId.all(made.map(({ diffId }) => diffId))
  return {
    layers: made.flatMap(({ diffId, maker }, at) => {
      const chain = chains[at]
      return chain === undefined ? [] : [{ diffId, chain, maker }]
    })
  }
}

/** The stack below a layer. */
export const below = <Maker>({ layers }: Stack<Maker>, index: number): Stack<Maker> => ({
  layers: layers.slice(0, index)
})

/** What a layer says of a path; `index` is its place in the stack, from 0. */
export interface Mentioning {
  readonly index: number
  readonly mention: LayerMention
}

/** What the layers say of a path (no link followed), the topmost first. `Missing` where a layer is no longer in the store. */
export const mentions = (
  { layers }: Stack<unknown>,
  path: string
): Effect.Effect<ReadonlyArray<Mentioning>, StoreError, LayerStore> =>
  Effect.gen(function* () {
    const store = yield* LayerStore
    const found: Array<Mentioning> = []
    for (const [index, { chain }] of [...layers.entries()].reverse()) {
      const mention = yield* store.mention(chain, path)
      if (Option.isSome(mention)) found.push({ index, mention: mention.value })
    }
    return found
  })

const linksMax = 40

/** What the stack shows at a path: the link's target where a link is. */
const linkAt = (stack: Stack<unknown>, path: string) =>
  Effect.map(mentions(stack, path), ([top]) =>
    top?.mention._tag === "Brings" ? top.mention.file.linkTarget : undefined
  )

/**
 * Where a path leads in a stack, links followed inside it; `keep`: not the last one. What is not there stays as it is written. No
 * leading slash.
 */
export const resolve = (stack: Stack<unknown>, path: string, last: "follow" | "keep") =>
  Effect.gen(function* () {
    const open = path
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .reverse()
    const done: Array<string> = []
    let links = 0
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      if (part === "..") {
        done.pop()
        continue
      }
      done.push(part)
      if (last === "keep" && open.length === 0) break
      const target = yield* linkAt(stack, done.join("/"))
      if (target === undefined || ++links > linksMax) continue
      if (target.startsWith("/")) done.length = 0
      else done.pop()
      for (const piece of target.split("/").reverse()) if (piece !== "" && piece !== ".") open.push(piece)
    }
    return done.join("/")
  })
