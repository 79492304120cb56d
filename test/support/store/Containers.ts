import type { ChainId } from "../../../src/core/layer/ChainId.js"
import * as Digests from "../../../src/core/oci/Digest.js"
import type { ContainerRecord } from "../../../src/core/store/ContainerRecord.js"

/** A container's record as create would make it. */
export const record = (
  imageId: Digests.Digest,
  chainId: ChainId | undefined,
  more: Partial<ContainerRecord> = {}
): ContainerRecord => {
  const name = more.name ?? "c1"
  return {
    id: Digests.hex(Digests.ofBytes(name)),
    name,
    created: "2024-01-01T00:00:00Z",
    image: "x:1",
    imageId,
    ...(chainId !== undefined && { chainId }),
    path: "sh",
    args: [],
    config: {},
    host: {},
    autoRemove: false,
    platform: "linux",
    ...more
  }
}
