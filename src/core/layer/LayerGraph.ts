import type { ChainId } from "./ChainId.js"

/** What a graph knows of a layer: what it lies on, and its own size in bytes. */
export interface LayerNode {
  readonly chainId: ChainId
  readonly parent: ChainId | undefined
  readonly sizeBytes: number
}

/** Layers by chain id: a forest whose edges point from a layer to the one below it. */
export type LayerGraph = ReadonlyMap<ChainId, LayerNode>

export const of = (nodes: Iterable<LayerNode>): LayerGraph => {
  const graph = new Map<ChainId, LayerNode>()
  for (const node of nodes) graph.set(node.chainId, node)
  return graph
}

/** The layers of a stack, top first; undefined if one of them is missing. */
export const stack = (graph: LayerGraph, top: ChainId): ReadonlyArray<LayerNode> | undefined => {
  const layers: Array<LayerNode> = []
  for (let at: ChainId | undefined = top; at !== undefined; ) {
    const node: LayerNode | undefined = graph.get(at)
    if (node === undefined) return undefined
    layers.push(node)
    at = node.parent
  }
  return layers
}

/** How many of the given stacks hold each layer. A layer that none holds is absent. */
export const uses = (graph: LayerGraph, tops: Iterable<ChainId>): ReadonlyMap<ChainId, number> => {
  const counts = new Map<ChainId, number>()
  for (const top of tops)
    for (const node of stack(graph, top) ?? []) counts.set(node.chainId, (counts.get(node.chainId) ?? 0) + 1)
  return counts
}
