import { blobStoreContract } from "./BlobStore.contract.js"
import { cacheMountsContract } from "./CacheMounts.contract.js"
import { containerStoreContract } from "./ContainerStore.contract.js"
import { eventsContract } from "./Events.contract.js"
import { imageIndexContract } from "./ImageIndex.contract.js"
import { imageStoreContract } from "./ImageStore.contract.js"
import { garbageContract, storeLockContract } from "./Keeping.contract.js"
import { layerStoreContract } from "./LayerStore.contract.js"
import { networkStoreContract } from "./Networks.contract.js"
import type { Implementation } from "./Place.js"
import { buildCacheContract, volumeStoreContract } from "./Records.contract.js"

/** What every store does, service by service. */
export const storeContract = (implementation: Implementation): void => {
  blobStoreContract(implementation)
  layerStoreContract(implementation)
  imageStoreContract(implementation)
  imageIndexContract(implementation)
  containerStoreContract(implementation)
  buildCacheContract(implementation)
  cacheMountsContract(implementation)
  volumeStoreContract(implementation)
  networkStoreContract(implementation)
  eventsContract(implementation)
  storeLockContract(implementation)
  garbageContract(implementation)
}
