import type * as Brand from "effect/Brand"
import * as Digest from "../oci/Digest.js"

/** The identity of a stack of layers, computed from their diff ids. Source: OCI image-spec, config.md, "Layer ChainID". */
export type ChainId = Digest.Digest & Brand.Brand<"ChainId">

/** The identity of one layer's uncompressed tar. */
export type DiffId = Digest.Digest

/** The chain id of `diffId` laid on `parent` (undefined: on nothing). */
export const append = (parent: ChainId | undefined, diffId: DiffId): ChainId =>
  (parent === undefined ? diffId : Digest.ofBytes(`${parent} ${diffId}`)) as ChainId

/** Every chain id of a stack, base first: the i-th is that of layers 0..i. */
export const all = (diffIds: ReadonlyArray<DiffId>): ReadonlyArray<ChainId> => {
  const chain: Array<ChainId> = []
  for (const diffId of diffIds) chain.push(append(chain.at(-1), diffId))
  return chain
}
