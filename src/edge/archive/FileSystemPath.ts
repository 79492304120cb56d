import * as PathText from "../../core/layer/PathText.js"

/** A path as Node's file calls take it: as text where that says every byte, else as bytes. */
export const of = (path: string): string | Buffer =>
  PathText.hasEscapes(path) ? Buffer.from(PathText.encode(path)) : path
