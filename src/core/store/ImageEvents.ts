import type { Fact } from "./Event.js"
import type { ImageRecord } from "./ImageRecord.js"

/** Something that was done to an image that there is; its labels come along. `name` is how it was called, or its id. */
export const of = (
  action: string,
  { id, labels }: Pick<ImageRecord, "id" | "labels">,
  name: string = id
): Fact => ({
  type: "image",
  action,
  id,
  attributes: { ...labels, name }
})
