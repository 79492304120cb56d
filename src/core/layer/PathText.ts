/**
 * File names are bytes. Text stands for them as UTF-8, and a byte that is not UTF-8 as the lone surrogate U+DC80 + (byte - 0x80),
 * so that decode and encode are inverse for every name. Source: PEP 383.
 */
export const decode = (bytes: Uint8Array): string => {
  try {
    return strict.decode(bytes)
  } catch {
    return escapeInvalid(bytes)
  }
}

/** The bytes that a text stands for. */
export const encode = (text: string): Uint8Array => {
  if (!hasEscapes(text)) return encoder.encode(text)
  const parts: Array<number> = []
  for (const character of text) {
    const code = character.charCodeAt(0)
    if (character.length === 1 && code >= first && code <= last) parts.push(code - first + 0x80)
    else parts.push(...encoder.encode(character))
  }
  return Uint8Array.from(parts)
}

/** True for a text with bytes that are not UTF-8: it must not be handed to a file system as text. */
export const hasEscapes = (text: string): boolean => escapes.test(text)

const first = 0xdc80
const last = 0xdcff
const escapes = /(?<![\ud800-\udbff])[\udc80-\udcff]/
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** The length of the well-formed UTF-8 sequence at `at`; 0 where there is none. */
const sequenceLength = (bytes: Uint8Array, at: number): number => {
  const lead = bytes[at] ?? 0
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return 0
  try {
    strict.decode(bytes.subarray(at, at + length))
    return length
  } catch {
    return 0
  }
}

const escapeInvalid = (bytes: Uint8Array): string => {
  let text = ""
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    if (length === 0) text += String.fromCharCode(first + ((bytes[at] ?? 0) - 0x80))
    else text += strict.decode(bytes.subarray(at, at + length))
    at += Math.max(length, 1)
  }
  return text
}
