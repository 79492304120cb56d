import * as Address from "./Address.js"
import * as DnsMessage from "./DnsMessage.js"
import * as Life from "./Life.js"
import * as NetworkRecord from "./NetworkRecord.js"

/** What is known of a name: answers (perhaps none of the type that was asked for), or nothing. */
export type Known =
  | { readonly _tag: "Answers"; readonly answers: ReadonlyArray<DnsMessage.Answer> }
  | { readonly _tag: "Unknown" }

/** An endpoint that the asking container shares a network with, and whose it is. */
interface Neighbour {
  readonly life: Life.Life
  readonly endpoint: Life.Endpoint
}

/** Containers of the default network are not found by name, as in Docker. */
const neighbours = (lives: ReadonlyArray<Life.Life>, self: string): ReadonlyArray<Neighbour> => {
  const own = new Set(
    lives
      .find(({ container }) => container === self)
      ?.endpoints.filter(({ networkName }) => !NetworkRecord.isPredefined(networkName))
      .map(({ network }) => network)
  )
  return lives.flatMap((life) =>
    life.endpoints.filter(({ network }) => own.has(network)).map((endpoint) => ({ life, endpoint }))
  )
}

/** What others on a network may call a container. */
export const namesOf = ({ life, endpoint }: Neighbour): ReadonlyArray<string> => {
  const plain = [life.name, life.container.slice(0, 12), life.container, ...endpoint.aliases]
  return [...plain, ...plain.map((name) => `${name}.${endpoint.networkName}`)].map((name) =>
    name.toLowerCase()
  )
}

/** `name:alias`, or `name` for itself. */
export const splitLink = (link: string): readonly [name: string, alias: string] => {
  const [name = "", alias = name] = link.split(":")
  return [name, alias]
}

/** The name that the container itself gave another one. */
const linked = (lives: ReadonlyArray<Life.Life>, self: string, name: string): string | undefined =>
  lives
    .find(({ container }) => container === self)
    ?.endpoints.flatMap(({ links }) => links)
    .map(splitLink)
    .find(([, alias]) => alias.toLowerCase() === name)?.[0]
    .toLowerCase()

/** What a container that asks for a name is told, by the lives of all. */
export const lookUp = (
  lives: ReadonlyArray<Life.Life>,
  self: string,
  { name, type }: DnsMessage.Question
): Known => {
  const known = neighbours(lives, self)
  const reverse = DnsMessage.reversed(name)
  if (reverse !== undefined) {
    const found = known.find(({ endpoint }) =>
      Life.addressesOf(endpoint).some((address) => Address.equals(address, reverse))
    )
    return found === undefined
      ? { _tag: "Unknown" }
      : {
          _tag: "Answers",
          answers:
            type === DnsMessage.type.ptr
              ? [{ _tag: "Name", name: `${found.life.name}.${found.endpoint.networkName}` }]
              : []
        }
  }
  const wanted = linked(lives, self, name) ?? name
  const found = known.filter((one) => namesOf(one).includes(wanted))
  if (found.length === 0) return { _tag: "Unknown" }
  const family = type === DnsMessage.type.a ? 4 : type === DnsMessage.type.aaaa ? 6 : undefined
  const answers = found
    .flatMap(({ endpoint }) => Life.addressesOf(endpoint))
    .filter((address) => address.family === family)
    .map((address): DnsMessage.Answer => ({ _tag: "Address", address }))
  return { _tag: "Answers", answers }
}
