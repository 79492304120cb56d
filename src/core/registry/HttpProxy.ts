import { isInNetwork, isLoopback } from "./Endpoint.js"

/** The variables that name proxies, as curl and Go read them: lower case first. */
export type Environment = Readonly<Record<string, string | undefined>>

const variable = (environment: Environment, name: string): string =>
  environment[name.toLowerCase()] || environment[name] || ""

const isAddress = (host: string): boolean => /^[\d.]+$|^\[/.test(host)

const isExempt = (url: URL, patterns: ReadonlyArray<string>): boolean => {
  const host = url.hostname.toLowerCase()
  const port = url.port || (url.protocol === "https:" ? "443" : "80")
  return patterns.some((written) => {
    if (written === "*") return true
    if (written.includes("/")) return isInNetwork(host, written)
    const [, name = "", wantedPort] = /^(.*?)(?::(\d+))?$/.exec(written) ?? []
    if (wantedPort !== undefined && wantedPort !== port) return false
    const suffix = name.replace(/^\*/, "")
    if (suffix.startsWith(".")) return host.endsWith(suffix)
    return host === suffix || (!isAddress(host) && host.endsWith(`.${suffix}`))
  })
}

/**
 * The proxy to reach `target` through, by `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; undefined is directly. The loopback is
 * never reached through one. Source: golang.org/x/net/http/httpproxy.
 */
export const choose = (environment: Environment, target: string): URL | undefined => {
  const url = new URL(target)
  if (isLoopback(url.host)) return undefined
  const value = variable(environment, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY")
  if (value === "") return undefined
  const patterns = variable(environment, "NO_PROXY")
    .split(/[\s,]+/)
    .filter((pattern) => pattern !== "")
    .map((pattern) => pattern.toLowerCase())
  if (isExempt(url, patterns)) return undefined
  const proxy = value.includes("://") ? value : `http://${value}`
  return URL.canParse(proxy) ? new URL(proxy) : undefined
}

/** The user that a proxy is to be told, from its URL. */
export const userOf = (proxy: URL): { readonly name: string; readonly password: string } | undefined =>
  proxy.username === ""
    ? undefined
    : { name: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }
