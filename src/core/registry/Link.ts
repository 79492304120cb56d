/**
 * The target of the `rel="next"` link of a `Link` header, if there is one. Source: RFC 8288; distribution-spec,
 * "Listing Tags".
 */
export const next = (header: string): string | undefined => {
  for (const match of header.matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/i.exec(match[2] ?? "")
    const relations = (relation?.[1] ?? relation?.[2] ?? "").toLowerCase().split(/\s+/)
    if (relations.includes("next")) return match[1]
  }
  return undefined
}
