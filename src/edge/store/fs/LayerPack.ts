import * as fs from "node:fs"
import type * as Effect from "effect/Effect"
import type { Digest } from "../../../core/oci/Digest.js"
import { type Packed, type Packing, pack, type TreePackerOptions } from "../../archive/TreePacker.js"
import type { StoreError } from "../StoreError.js"
import { attemptPromise } from "./Failure.js"
import { OutputFile } from "./OutputFile.js"

export interface PackedLayer extends Packed {
  readonly diffId: Digest
  readonly tarBytes: number
}

/** What of a tree is packed, and how. */
export type PackOptions = Pick<TreePackerOptions, "clampSeconds" | "omit" | "known" | "inUse">

const sliceMillis = 8

/** Packs an upperdir into a new tar file, hashing on the way; lets other fibers run every few milliseconds. */
export const packTo = (
  file: string,
  upper: string,
  { clampSeconds, omit, known, inUse }: PackOptions
): Effect.Effect<PackedLayer, StoreError> =>
  attemptPromise("pack", upper, async (signal) => {
    const output = new OutputFile(file)
    try {
      const options = {
        roots: [upper],
        whiteouts: "overlay",
        ...(clampSeconds !== undefined && { clampSeconds }),
        ...(omit !== undefined && { omit }),
        ...(known !== undefined && { known }),
        ...(inUse !== undefined && { inUse })
      } as const
      const packed = await inSlices(
        pack(options, (chunk) => output.write(chunk)),
        signal
      )
      return { ...packed, diffId: output.finish(), tarBytes: output.sizeBytes }
    } catch (error) {
      fs.rmSync(file, { force: true })
      throw error
    } finally {
      output.close()
    }
  })

const inSlices = async <A>(steps: Packing<A>, signal: AbortSignal): Promise<A> => {
  let sliceEnd = performance.now() + sliceMillis
  while (true) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (step.value !== undefined) await step.value
    else if (performance.now() < sliceEnd) continue
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
    sliceEnd = performance.now() + sliceMillis
  }
}
