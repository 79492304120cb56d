import * as Either from "effect/Either"
import type { BindMount, CopiedEntry, Mount, MountFlag, Propagation } from "../Mount.js"
import * as MountWord from "../MountWord.js"
import * as Path from "../Path.js"
import * as Reason from "../Reason.js"
import type * as BundleConfig from "./BundleConfig.js"
import { type InvalidBundle, invalid, unsupported } from "./InvalidBundle.js"

/** What the options of a mount say, sorted out. */
interface Options {
  readonly flags: ReadonlyArray<MountFlag>
  readonly propagation: Propagation | undefined
  readonly bind: "none" | "one" | "recursive"
  readonly recursiveReadonly: boolean
  readonly copyUp: boolean
  /** What is left: the file system's own. */
  readonly data: ReadonlyArray<string>
}

const isPropagation = (word: string): word is Propagation => /^r?(?:private|shared|slave)$/.test(word)

/** Without effect: they are the default, or say what `type` says. */
const ignored = new Set(["defaults", "async", "notmpcopyup", "silent", "loud", ""])

/** Valid words of the specification that nothing here carries out. */
const refused =
  /^(?:r?unbindable|idmap|ridmap|sync|dirsync|mand|nomand|iversion|noiversion|nosymfollow|symfollow|lazytime|r(?:no)?(?:suid|dev|exec|atime|diratime|relatime|strictatime|symfollow))$/

const sort = (mount: BundleConfig.Mount, member: string): Either.Either<Options, InvalidBundle> =>
  Either.gen(function* () {
    const flags = new Set<MountFlag>()
    const data: Array<string> = []
    let propagation: Propagation | undefined
    let bind: Options["bind"] = "none"
    let recursiveReadonly = false
    let copyUp = false
    for (const option of mount.options ?? []) {
      const word = MountWord.of(option)
      if (word?.set === true) flags.add(word.flag)
      else if (word !== undefined) flags.delete(word.flag)
      else if (isPropagation(option)) propagation = option
      else if (option === "rbind") bind = "recursive"
      else if (option === "bind") bind = bind === "none" ? "one" : bind
      else if (option === "rro") {
        flags.add("ro")
        recursiveReadonly = true
      } else if (option === "tmpcopyup") copyUp = true
      else if (refused.test(option))
        return yield* Either.left(unsupported(`${member}.options`, JSON.stringify(option)))
      else if (!ignored.has(option)) data.push(option)
    }
    if (mount.type === "bind" && bind === "none") bind = "one"
    return { flags: [...flags], propagation, bind, recursiveReadonly, copyUp, data }
  })

/** Which host path a bind shows; relative ones start at the bundle. */
const sourceOf = (mount: BundleConfig.Mount, bundle: string): string =>
  Path.resolve(bundle, mount.source ?? "")

/** The host paths whose kind {@link resolve} must know. */
export const sources = (mounts: ReadonlyArray<BundleConfig.Mount>, bundle: string): ReadonlyArray<string> =>
  mounts
    .filter(
      ({ type, options }) =>
        type === "bind" || (options ?? []).some((word) => word === "bind" || word === "rbind")
    )
    .map((mount) => sourceOf(mount, bundle))

const one = (
  mount: BundleConfig.Mount,
  index: number,
  bundle: string,
  kinds: Readonly<Record<string, "file" | "directory" | "missing">>,
  trees: Readonly<Record<string, ReadonlyArray<CopiedEntry>>>
): Either.Either<Mount, InvalidBundle> =>
  Either.gen(function* () {
    const member = `mounts[${index}]`
    const target = Path.resolve("/", mount.destination)
    const reason = Reason.flag(`${member} of the bundle`)
    if (target === "/") return yield* Either.left(invalid(`${member}.destination`, "it is the root itself"))
    if ((mount.uidMappings ?? []).length > 0 || (mount.gidMappings ?? []).length > 0)
      return yield* Either.left(unsupported(`${member}.uidMappings`, "mounts with ids of their own"))
    const options = yield* sort(mount, member)
    const { flags } = options
    if (options.bind !== "none") {
      const source = sourceOf(mount, bundle)
      const kind = kinds[source] ?? "missing"
      if (mount.source === undefined || mount.source === null || kind === "missing")
        return yield* Either.left(invalid(`${member}.source`, `${source}: no such file or directory`))
      if (options.data.length > 0)
        return yield* Either.left(unsupported(`${member}.options`, options.data.join(",")))
      const recursive = options.bind === "recursive"
      return {
        _tag: "Bind",
        source,
        target,
        kind,
        flags,
        recursive,
        recursiveReadonly: options.recursiveReadonly ? "required" : "disabled",
        propagation: options.propagation ?? (recursive ? "rprivate" : "private"),
        reason
      } satisfies BindMount
    }
    // A fresh file system is private; what else it would be is for binds.
    if (options.propagation !== undefined && !options.propagation.endsWith("private"))
      return yield* Either.left(unsupported(`${member}.options`, options.propagation))
    const plain = options.data.length === 0
    if (options.copyUp && mount.type !== "tmpfs")
      return yield* Either.left(invalid(`${member}.options`, "tmpcopyup is for a tmpfs"))
    switch (mount.type ?? "") {
      case "tmpfs":
        return {
          _tag: "Tmpfs",
          source: mount.source ?? "tmpfs",
          target,
          flags,
          options: options.data.join(","),
          copyUp: options.copyUp ? (trees[target] ?? []) : [],
          reason
        }
      case "devpts":
        return { _tag: "Devpts", target, flags, options: options.data.join(","), reason }
      case "proc":
        if (plain) return { _tag: "Proc", target, flags, reason }
        break
      case "sysfs":
        if (plain) return { _tag: "Sysfs", target, flags, reason }
        break
      case "mqueue":
        if (plain) return { _tag: "Mqueue", target, flags, reason }
        break
      case "cgroup":
      case "cgroup2":
        if (plain) return { _tag: "Cgroup", target, flags, reason }
        break
      default:
        return yield* Either.left(
          unsupported(`${member}.type`, `${JSON.stringify(mount.type ?? "")} is not mounted by this runtime`)
        )
    }
    return yield* Either.left(unsupported(`${member}.options`, options.data.join(",")))
  })

/** The targets whose trees {@link resolve} must know: places of the root file system that a tmpfs starts with. */
export const copied = (mounts: ReadonlyArray<BundleConfig.Mount>): ReadonlyArray<string> =>
  mounts
    .filter(({ options }) => (options ?? []).includes("tmpcopyup"))
    .map(({ destination }) => Path.resolve("/", destination))

/** The mounts of a bundle, in its order. */
export const resolve = (
  mounts: ReadonlyArray<BundleConfig.Mount>,
  bundle: string,
  kinds: Readonly<Record<string, "file" | "directory" | "missing">>,
  trees: Readonly<Record<string, ReadonlyArray<CopiedEntry>>>
): Either.Either<ReadonlyArray<Mount>, InvalidBundle> =>
  Either.all(mounts.map((mount, index) => one(mount, index, bundle, kinds, trees)))
