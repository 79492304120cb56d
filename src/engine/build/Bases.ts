import type * as ChainId from "../../core/layer/ChainId.js"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import type { BaseImage } from "../../core/plan/BuildPlan.js"
import type { ImageNeed } from "../../core/plan/Operation.js"
import * as Reach from "../../core/plan/Reach.js"

/** An image that a build reads, as the store has it. */
export interface StoredBase extends BaseImage {
  readonly config: ImageConfig
  readonly chain: ChainId.ChainId | undefined
  /** Of the layers, base first. */
  readonly layers: ReadonlyArray<Descriptor>
  /** It is still at its registry, where its reference leads to this digest. */
  readonly elsewhere?: Digest
}

/** The images that a plan needs and that were found, by value of what is needed. */
export class Bases {
  private readonly found: Array<readonly [ImageNeed, StoredBase]> = []
  private readonly at = (need: ImageNeed): number =>
    this.found.findIndex(([known]) => Reach.sameNeed(known, need))
  readonly get = (need: ImageNeed): StoredBase | undefined => this.found[this.at(need)]?.[1]
  /** In the place of what was known of it. */
  readonly add = (need: ImageNeed, base: StoredBase): void => {
    const at = this.at(need)
    if (at < 0) this.found.push([need, base])
    else this.found[at] = [need, base]
  }
}
