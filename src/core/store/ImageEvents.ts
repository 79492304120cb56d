import type { Fact } from "./Event.js"

/** Something that was done to an image; `name` is how people call it, or its id. */
export const of = (action: string, id: string, name: string): Fact => ({
  type: "image",
  action,
  id,
  attributes: { name }
})
