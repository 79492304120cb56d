import type { ChainId } from "../layer/ChainId.js"
import * as Digest from "../oci/Digest.js"
import type { Operation } from "./Operation.js"

type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>

/** Names what a copy takes of a stack of layers: a stack never changes, so neither does what a selection of it holds. */
export const name = (chain: ChainId, { sources, exclude }: CopyOperation): Digest.Digest =>
  Digest.ofBytes(JSON.stringify([1, chain, sources, exclude]))
