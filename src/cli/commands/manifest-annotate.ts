import * as Effect from "effect/Effect"
import * as ManifestLists from "../../engine/ManifestLists.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "manifest",
  usage: "[OPTIONS] MANIFEST_LIST MANIFEST",
  arity: Arity.exactly(2),
  flags: {
    arch: Flag.text("arch", { help: "Set architecture" }),
    os: Flag.text("os", { help: "Set operating system" }),
    osFeatures: Flag.texts("os-features", { help: "Set operating system feature", type: "strings" }),
    osVersion: Flag.text("os-version", { help: "Set operating system version" }),
    variant: Flag.text("variant", { help: "Set architecture variant" })
  },
  run: ({ osFeatures, ...others }, [list = "", image = ""]) =>
    Effect.as(
      ManifestLists.annotate(list, image, {
        ...others,
        osFeatures: osFeatures.flatMap((text) => text.split(",")).filter((feature) => feature !== "")
      }),
      0
    )
})
