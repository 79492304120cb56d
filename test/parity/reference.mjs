import { source } from "./source.mjs"

const Reference = await source("core/oci/Reference.ts")

const orThrow = (either) => {
  if (either._tag === "Left") throw either.left
  return either.right
}
const shape = ({ domain, path, tag, digest }) => ({ domain, path, tag: tag ?? "", digest: digest ?? "" })

export const normalise = async (input) => shape(orThrow(Reference.parse(input)))
export const parseStrict = async (input) => shape(orThrow(Reference.parseStrict(input)))
export const familiar = async (input) => Reference.familiar(orThrow(Reference.parse(input)))
