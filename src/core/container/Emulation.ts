import type { Platform } from "../oci/Platform.js"
import * as PlatformMatch from "../oci/PlatformMatch.js"

/** What of an ELF header tells the processor. */
interface ElfIdentity {
  readonly machine: number
  readonly is64: boolean
  readonly isLittle: boolean
}

/** Source: the ELF specification's and its supplements' `e_machine`. */
const identities: Readonly<Record<string, ElfIdentity>> = {
  "386": { machine: 3, is64: false, isLittle: true },
  amd64: { machine: 62, is64: true, isLittle: true },
  arm: { machine: 40, is64: false, isLittle: true },
  arm64: { machine: 183, is64: true, isLittle: true },
  loong64: { machine: 258, is64: true, isLittle: true },
  mips64: { machine: 8, is64: true, isLittle: false },
  mips64le: { machine: 8, is64: true, isLittle: true },
  ppc64le: { machine: 21, is64: true, isLittle: true },
  riscv64: { machine: 243, is64: true, isLittle: true },
  s390x: { machine: 22, is64: true, isLittle: false }
}

/** The first bytes of an executable. */
const headerOf = ({ machine, is64, isLittle }: ElfIdentity): Uint8Array => {
  const header = new Uint8Array(64)
  header.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isLittle ? 1 : 2, 1])
  const put = (at: number, value: number): void => {
    header.set(isLittle ? [value & 0xff, value >> 8] : [value >> 8, value & 0xff], at)
  }
  put(16, 2)
  put(18, machine)
  return header
}

/** A handler of binfmt_misc, as its file tells it. */
interface Handler {
  readonly isEnabled: boolean
  readonly flags: string
  readonly offset: number
  readonly magic: Uint8Array
  readonly mask: Uint8Array
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** Undefined for a handler of file names. Source: the kernel's admin-guide/binfmt-misc.rst. */
const handlerOf = (text: string): Handler | undefined => {
  const field = (name: string): string | undefined => new RegExp(`^${name}:? +(\\S+)$`, "m").exec(text)?.[1]
  const magic = field("magic")
  if (magic === undefined) return undefined
  const bytes = bytesOf(magic)
  const mask = field("mask")
  return {
    isEnabled: /^enabled$/m.test(text),
    flags: field("flags") ?? "",
    offset: Number(field("offset") ?? 0),
    magic: bytes,
    mask: mask === undefined ? bytes.map(() => 0xff) : bytesOf(mask)
  }
}

const handles = ({ offset, magic, mask }: Handler, header: Uint8Array): boolean =>
  magic.every((byte, at) => ((header[offset + at] ?? 0) & (mask[at] ?? 0xff)) === byte)

/** How commands of a platform run on a host. `unfixed`: there is a handler, whose program would have to be in the image. */
export type Emulation = "native" | "emulated" | "unfixed" | "impossible"

/** `handlers`: what the files of binfmt_misc say. */
export const of = (host: Platform, wanted: Platform, handlers: ReadonlyArray<string>): Emulation => {
  if (PlatformMatch.matches(host, wanted)) return "native"
  const identity = identities[wanted.architecture]
  if (identity === undefined || wanted.os !== host.os) return "impossible"
  const header = headerOf(identity)
  const found = handlers
    .flatMap((text) => handlerOf(text) ?? [])
    .filter((handler) => handler.isEnabled && handles(handler, header))
  if (found.length === 0) return "impossible"
  return found.some(({ flags }) => flags.includes("F")) ? "emulated" : "unfixed"
}
