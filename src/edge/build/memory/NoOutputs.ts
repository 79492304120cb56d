import * as Layer from "effect/Layer"
import { Archives } from "../../archive/Archives.js"
import * as Decompressor from "../../archive/Decompressor.js"
import { ImageLayouts } from "../../archive/ImageLayouts.js"
import { ResultTree } from "../ResultTree.js"

/**
 * Where nothing can be exported to: a build in memory leaves its image in the store, so that whoever comes here has asked
 * for what such a build never asks for, and dies.
 */
export const layer: Layer.Layer<Archives | ImageLayouts | ResultTree> = Layer.mergeAll(
  Layer.mock(Archives, { compression: Decompressor.sniff }),
  Layer.mock(ImageLayouts, {}),
  Layer.mock(ResultTree, {})
)
