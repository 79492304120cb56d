import * as Effect from "effect/Effect"
import type { LayerMention } from "../../core/layer/LayerMention.js"
import * as Digest from "../../core/oci/Digest.js"
import * as TreePath from "../../core/plan/TreePath.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Blame from "../../engine/Blame.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

const saidOf = (mention: LayerMention): string => {
  if (mention._tag === "Removes") return `removed by /${mention.at}`
  if (mention._tag === "Hides") return `hidden by /${mention.at}, which is opaque`
  const { kind, linkTarget, mode, otherNames } = mention.file
  const more = [
    ...(linkTarget === undefined ? [] : [` -> ${linkTarget}`]),
    ...(otherNames.length === 0 ? [] : [`, also ${otherNames.map((name) => `/${name}`).join(", ")}`])
  ]
  return `${kind} ${mode.toString(8).padStart(4, "0")}${more.join("")}`
}

export default command({
  needs: "store",
  usage: "[OPTIONS] IMAGE PATH",
  arity: Arity.exactly(2),
  flags: { format: Flag.text("format", { help: 'Format of the answer: "text" or "json"' }) },
  run: ({ format = "text" }, [image = "", given = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      if (format !== "text" && format !== "json")
        return yield* Effect.fail({ message: `invalid format "${format}": use text or json` })
      const path = TreePath.absolute(given)
      const { layers, layerCount } = yield* Blame.blame(image, path)
      if (layers.length === 0)
        return yield* Effect.fail({ message: `no layer of ${image} says anything of ${path}` })
      const lines = layers.map(
        ({ createdBy, diffId, mention, number }) =>
          `layer ${number}/${layerCount} ${Digest.short(diffId)}  ${saidOf(mention)}\n  ${createdBy?.trim() ?? "(its history does not say)"}\n`
      )
      yield* terminal.out(
        format === "json" ? `${JSON.stringify({ path, layers }, undefined, 2)}\n` : lines.join("")
      )
      return 0
    })
})
