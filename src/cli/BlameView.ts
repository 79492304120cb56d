import type { LayerMention } from "../core/layer/LayerMention.js"
import * as Digest from "../core/oci/Digest.js"
import type { Blamed, BlamedLayer, BlamedSource, BlamedStep } from "../engine/blame/Blamed.js"

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

const ofImage = ({ image }: BlamedLayer): string => (image === undefined ? "" : `${image}: `)

const stepText = ({ dockerfile, isTrigger, lines: [first, last], text }: BlamedStep): string => {
  const place = first === 0 ? dockerfile : `${dockerfile}:${first === last ? first : `${first}-${last}`}`
  return `${place}  ${isTrigger ? `(trigger of the base) ${text}` : text}`
}

const shownPath = (path: string): string => (path === "" ? "." : path)

const gone = "    its layers are no longer in the store"

const sourceLines = (source: BlamedSource): ReadonlyArray<string> => {
  switch (source._tag) {
    case "Context":
      return [`from ${shownPath(source.path)} of the build context ${source.place}`]
    case "Named":
      return [`from ${shownPath(source.path)} of the context ${source.name}, ${source.place}`]
    case "Stage":
      return [`from /${source.path} of stage ${source.stage}`, ...nested(source.at)]
    case "Image":
      return [`from /${source.path} of the image ${source.image}`, ...nested(source.at)]
    case "Unpacked": {
      const [only, ...others] = source.archives
      const what =
        others.length === 0 ? `the archive ${only}` : `one of the archives ${source.archives.join(", ")}`
      return [`out of ${what}${source.from === "" ? "" : ` of ${source.from}`}`]
    }
    case "Heredoc":
      return [`from the heredoc ${source.name}`]
    case "Url":
      return [`from ${source.url}  ${source.digest}`]
    case "Git":
      return [`from ${shownPath(source.path)} of ${source.url} at ${source.commit}`]
    case "Way":
      return ["a directory on the way to the destination"]
  }
}

const nested = (layer: BlamedLayer | undefined): ReadonlyArray<string> =>
  layer === undefined ? [gone] : makerLines(layer).map((line) => `  ${line}`)

/** Who made a layer, and of what. */
const makerLines = (layer: BlamedLayer): ReadonlyArray<string> => {
  const { createdBy, source, step } = layer
  const by = step === undefined ? (createdBy?.trim() ?? "(its history does not say)") : stepText(step)
  return [`${ofImage(layer)}${by}`, ...(source === undefined ? [] : sourceLines(source))]
}

/** For people. */
export const text = ({ layers }: Blamed): string =>
  layers
    .flatMap((layer) => [
      `layer ${layer.number}/${layer.of} ${Digest.short(layer.diffId)}  ${saidOf(layer.mention)}`,
      ...makerLines(layer).map((line) => `  ${line}`)
    ])
    .map((line) => `${line}\n`)
    .join("")

/** For programs. */
export const json = (blamed: Blamed): string => `${JSON.stringify(blamed, undefined, 2)}\n`
