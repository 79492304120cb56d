import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Path from "./Path.js"

/** A copy that cannot mean anything. `message` is in Docker's words. */
export class CopyFault extends Data.TaggedError("CopyFault")<{ readonly message: string }> {}

/** One end of a copy: a path of a container, or of this host; `-` is a tar on standard input or output. */
export interface CopyEnd {
  readonly container: string | undefined
  readonly path: string
}

/** Reads `CONTAINER:PATH` or a path. What is absolute, or begins with a dot, is a path of the host even with a colon. */
export const parse = (text: string): CopyEnd => {
  const colon = text.indexOf(":")
  return Path.isAbsolute(text) || colon < 0 || text.startsWith(".")
    ? { container: undefined, path: text }
    : { container: text.slice(0, colon), path: text.slice(colon + 1) }
}

const endsInDot = (path: string): boolean => /(?:^|\/)\.$/.test(path)

/** `/.` and `/` at the end say "what is in it" and "a directory": cleaning keeps them. */
const cleanedAs = (cleaned: string, path: string): string => {
  if (endsInDot(path) && !endsInDot(cleaned)) return cleaned === "/" ? "/." : `${cleaned}/.`
  return path.endsWith("/") && !cleaned.endsWith("/") ? `${cleaned}/` : cleaned
}

/** An absolute path, cleaned by text alone but for what its end says. */
export const absolute = (directory: string, path: string): string =>
  cleanedAs(Path.resolve(directory, path), path === "" ? "/" : path)

const join = (directory: string, name: string): string =>
  directory === "/" ? `/${name}` : `${directory}/${name}`

/** A path's directory and its last name, which is `.` where the path ends in one. */
export const split = (path: string): { readonly directory: string; readonly name: string } => {
  const cleaned = Path.clean(path)
  if (endsInDot(path)) return { directory: cleaned, name: "." }
  const slash = cleaned.lastIndexOf("/")
  return { directory: slash <= 0 ? "/" : cleaned.slice(0, slash), name: cleaned.slice(slash + 1) || "/" }
}

/** Where a link at a path leads: by text, as the link was made from there. */
export const linked = (path: string, target: string): string =>
  Path.isAbsolute(target) ? target : Path.clean(join(split(path).directory, target))

/** True where the path says that it is a directory. */
export const assertsDirectory = (path: string): boolean => path.endsWith("/") || endsInDot(path)

/** What is copied. `path` is absolute; `name` is what people called it, when a link led elsewhere. */
export interface CopySource {
  readonly path: string
  readonly isDirectory: boolean
  readonly name?: string | undefined
}

/** Where it is copied to. */
export interface CopyDestination {
  readonly path: string
  readonly found: "directory" | "other" | "nothing"
}

/** The directory that an archive goes into, and what its topmost entry is called there: `.` for the directory itself. */
export interface Placement {
  readonly directory: string
  readonly name: string
}

/** Where a copy goes, by Docker's rules. */
export const place = (
  source: CopySource,
  { path, found }: CopyDestination
): Either.Either<Placement, CopyFault> => {
  const own = source.name ?? split(source.path).name
  if (found === "directory") return Either.right({ directory: path, name: own === "/" ? "." : own })
  if (found === "other" && source.isDirectory)
    return Either.left(new CopyFault({ message: "cannot copy directory" }))
  if (found === "nothing" && !source.isDirectory && assertsDirectory(path))
    return Either.left(new CopyFault({ message: "no such directory" }))
  return Either.right(split(path))
}
