import { type Address, bytes } from "./Address.js"

/** A link-layer address of six bytes, as `02:42:ac:11:00:02`. */
export const parse = (text: string): Uint8Array | undefined =>
  /^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(text)
    ? Uint8Array.from(text.split(/[:-]/), (part) => Number.parseInt(part, 16))
    : undefined

export const show = (address: Uint8Array): string =>
  [...address].map((byte) => byte.toString(16).padStart(2, "0")).join(":")

/**
 * Docker's rule: locally administered, with the IPv4 address in it, so that an address that is used again has the neighbours'
 * entries right. Source: moby, libnetwork/netutils.
 */
export const ofAddress = (address: Address): Uint8Array =>
  Uint8Array.from([0x02, 0x42, ...bytes(address).slice(-4)])
