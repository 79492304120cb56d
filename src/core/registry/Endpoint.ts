import { defaultDomain } from "../oci/Reference.js"

/** Where a registry is spoken to. */
export interface Endpoint {
  /** Scheme, host and port, as in `https://registry-1.docker.io`. */
  readonly origin: string
  /** Whether a certificate that nobody vouches for is accepted. */
  readonly insecure: boolean
}

/** The host and port of a URL or a reference's domain, brackets of IPv6 removed from the host. */
const split = (authority: string): { readonly host: string; readonly port: string } => {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(authority)
  return { host: (match?.[1] ?? match?.[2] ?? "").toLowerCase(), port: match?.[3] ?? "" }
}

const v4 = (host: string): ReadonlyArray<number> | undefined => {
  const parts = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(host)?.slice(1).map(Number)
  return parts?.every((part) => part < 256) ? parts : undefined
}

/** An IPv4 address that an URL parser wrote inside an IPv6 one: `::ffff:7f00:1`. */
const mapped = (host: string): string => {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(host)
  if (match === null) return host
  const high = Number.parseInt(match[1] ?? "", 16)
  const low = Number.parseInt(match[2] ?? "", 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** True for 127.0.0.0/8, ::1 and `localhost`. */
export const isLoopback = (authority: string): boolean => {
  const host = mapped(split(authority).host)
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || v4(host)?.[0] === 127
}

/** True for a literal address that only machines nearby have: loopback, private, link-local, unspecified. */
export const isPrivateAddress = (authority: string): boolean => {
  const host = mapped(split(authority).host)
  if (isLoopback(authority)) return true
  const address = v4(host)
  if (address !== undefined) {
    const [a = 0, b = 0] = address
    return (
      a === 0 ||
      a === 10 ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168)
    )
  }
  return /^(?:::$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/.test(host)
}

/** True for a literal IPv4 address in a network such as `10.0.0.0/8`. */
export const isInNetwork = (authority: string, network: string): boolean => {
  const [base = "", bits = ""] = network.split("/")
  const [a, b] = [v4(split(authority).host), v4(base)]
  if (a === undefined || b === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return false
  const prefix = (parts: ReadonlyArray<number>) =>
    Math.floor(parts.reduce((value, part) => value * 256 + part, 0) / 2 ** (32 - Number(bits)))
  return prefix(a) === prefix(b)
}

/** The host that serves a domain's API: Docker Hub's is not the one in its names. */
export const apiHost = (domain: string): string =>
  domain === defaultDomain ? "registry-1.docker.io" : domain

/**
 * The endpoints of a domain, in the order to try them. Loopback is spoken to without TLS first, as nobody listens
 * between; what `insecure` names, with TLS that anybody may vouch for and then without; all else with TLS only.
 */
export const ofDomain = (domain: string, insecure: boolean): ReadonlyArray<Endpoint> => {
  const host = apiHost(domain)
  if (isLoopback(domain)) {
    return [
      { origin: `http://${host}`, insecure: true },
      { origin: `https://${host}`, insecure: true }
    ]
  }
  return insecure
    ? [
        { origin: `https://${host}`, insecure: true },
        { origin: `http://${host}`, insecure: true }
      ]
    : [{ origin: `https://${host}`, insecure: false }]
}
