import * as Effect from "effect/Effect"
import { tagImage } from "../../engine/TagImage.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

export default command({
  needs: "store",
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  arity: Arity.exactly(2),
  flags: {},
  run: (_, [source = "", target = ""]) => Effect.as(tagImage(source, target), 0)
})
