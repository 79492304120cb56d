import type { ImageNeed } from "../../core/plan/Operation.js"
import * as Operation from "../../core/plan/Operation.js"
import type { StoredBase } from "./BaseImages.js"

/** The images that a plan needs and that were found, by value of what is needed. */
export class Bases {
  private readonly found: Array<readonly [ImageNeed, StoredBase]> = []
  readonly get = (need: ImageNeed): StoredBase | undefined =>
    this.found.find(
      ([known]) => known.reference === need.reference && Operation.samePlatform(known.platform, need.platform)
    )?.[1]
  readonly add = (need: ImageNeed, base: StoredBase): void => {
    this.found.push([need, base])
  }
}
