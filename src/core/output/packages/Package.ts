/** A package that a result holds. */
export interface Package {
  /** As package URLs have it: `deb`, `apk`, `npm`, `pypi`. */
  readonly type: "deb" | "apk" | "npm" | "pypi"
  readonly name: string
  readonly version: string
  /** Empty where the package does not say, or of packages that run everywhere. */
  readonly architecture: string
  /** As the package says it; empty where it does not. */
  readonly license: string
  readonly supplier: string
  /** The source package, where it is another; empty else. */
  readonly source: string
  /** The file that said so, from the root. */
  readonly foundIn: string
}

/** Which system the packages are of, from `/etc/os-release`. */
export interface Distribution {
  readonly id: string
  readonly version: string
  readonly name: string
}

/** Reads `KEY=value` lines of os-release. Source: os-release(5). */
export const distribution = (text: string): Distribution => {
  const field = (name: string): string => {
    const value = new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? ""
    return value.replace(/^(["'])(.*)\1$/, "$2")
  }
  return { id: field("ID"), version: field("VERSION_ID"), name: field("PRETTY_NAME") }
}
