import * as Either from "effect/Either"
import type { Of } from "../dockerfile/Instruction.js"
import * as Digest from "../oci/Digest.js"
import type { Expander } from "./Expander.js"
import * as FileMode from "./FileMode.js"
import * as GitRef from "./GitRef.js"
import { Operation, type Origin, Source } from "./Operation.js"
import { PlanError } from "./PlanError.js"
import * as TreePath from "./TreePath.js"

type Transfer = Of<"Add"> | Of<"Copy">
type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>

export interface EvaluatedCopy {
  readonly operation: CopyOperation
  /** The flags that the history entry shows. */
  readonly flags: ReadonlyArray<string>
  /** The destination as expanded, not resolved. */
  readonly shownDestination: string
}

const isHttp = (source: string): boolean => /^https?:\/\//.test(source)

/** The name that a remote file gets in a directory. */
const remoteName = (url: string): string => {
  const path = /^https?:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? ""
  const name = TreePath.base(path)
  return name === "." || name === "/" || name === ".." ? "__unnamed__" : decoded(name)
}

const decoded = (name: string): string => {
  const bytes = name.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16))
  )
  // An encoded separator or NUL would make the name a path.
  return /[/\0]/.test(bytes) || /[^\x20-\x7e]/.test(bytes) ? name : bytes
}

/** Resolves COPY or ADD: sources by kind, destination against the working directory, flags expanded. */
export const evaluate = (
  instruction: Transfer,
  origin: Origin,
  workingDirectory: string,
  expander: Expander
): Either.Either<EvaluatedCopy, PlanError> =>
  Either.gen(function* () {
    const keyword = instruction._tag === "Copy" ? ("COPY" as const) : ("ADD" as const)
    const fail = (reason: PlanError["reason"], message: string) =>
      Either.left(new PlanError({ reason, message, range: instruction.range }))
    const chown = yield* expander.word(instruction.chown?.text ?? "")
    const chmod = yield* expander.word(instruction.chmod?.text ?? "")
    const checksum = yield* expander.word(
      instruction._tag === "Add" ? (instruction.checksum?.text ?? "") : ""
    )
    const destination = yield* expander.word(instruction.destination.text)
    if (chmod !== "") {
      const mode = FileMode.parse(chmod)
      if (Either.isLeft(mode)) return yield* fail("chmod", mode.left)
    }
    const paths = instruction.sources.filter((source) => source._tag === "Path")
    if (checksum !== "" && paths.length !== 1)
      return yield* fail("checksum", "checksum can't be specified for multiple sources")
    const sources: Array<Source> = []
    for (const source of instruction.sources) {
      if (source._tag === "Inline") {
        const { heredoc } = source
        const body = heredoc.expand ? yield* expander.body(heredoc.content) : heredoc.content
        const content = heredoc.chomp ? body.replace(/^\t+/gm, "") : body
        sources.push(Source.Inline({ name: heredoc.name, content }))
      } else {
        const path = yield* expander.word(source.path.text)
        sources.push(yield* Either.mapLeft(pathSource(instruction, path, checksum), located(instruction)))
      }
    }
    return {
      operation: Operation.Copy({
        keyword,
        origin,
        sources,
        destination: TreePath.destination(workingDirectory, destination),
        chown: chown === "" ? undefined : chown,
        chmod: chmod === "" ? undefined : chmod,
        exclude: instruction.exclude.map((word) => word.text),
        parents: instruction._tag === "Copy" && instruction.parents,
        link: instruction.link && !hasNames(chown)
      }),
      flags: [
        ...(instruction._tag === "Copy" && instruction.parents ? ["--parents"] : []),
        ...(chown === "" ? [] : [`--chown=${chown}`]),
        ...(chmod === "" ? [] : [`--chmod=${chmod}`])
      ],
      shownDestination: destination
    }
  })

/** Names of users are looked up in the layers below, which a linked layer does not read: it cannot be one then. */
const hasNames = (chown: string): boolean => /[^\d:]/.test(chown)

interface Problem {
  readonly reason: PlanError["reason"]
  readonly message: string
}

const located =
  (instruction: Transfer) =>
  ({ reason, message }: Problem): PlanError =>
    new PlanError({ reason, message, range: instruction.range })

const problem = (reason: PlanError["reason"], message: string): Either.Either<never, Problem> =>
  Either.left({ reason, message })

const pathSource = (
  instruction: Transfer,
  path: string,
  checksum: string
): Either.Either<Source, Problem> => {
  const repository = GitRef.parse(path)
  const isRemote = repository !== undefined || isHttp(path)
  if (isRemote && instruction._tag === "Copy")
    return problem("source", `source can't be a ${repository === undefined ? "URL" : "git ref"} for COPY`)
  if (checksum !== "" && !isRemote) return problem("checksum", "checksum requires HTTP(S) or Git sources")
  if (instruction._tag === "Add" && repository !== undefined)
    return Either.flatMap(
      Either.mapLeft(repository, (message): Problem => ({ reason: "source", message })),
      (found) => gitSource(path, found, checksum, instruction.keepGitDir)
    )
  if (instruction._tag === "Add" && isHttp(path)) {
    if (checksum !== "" && !Digest.isDigest(checksum))
      return problem("checksum", `invalid checksum "${checksum}": expected sha256:<64 hexadecimal digits>`)
    return Either.right(
      Source.Http({
        url: path,
        name: remoteName(path),
        checksum: Digest.isDigest(checksum) ? checksum : undefined,
        unpack: instruction.unpack ?? false
      })
    )
  }
  const unpack = instruction._tag === "Add" && (instruction.unpack ?? true)
  if (instruction._tag === "Copy" && instruction.parents) {
    const pivot = path.indexOf("/./")
    const root = pivot < 0 ? "/" : TreePath.absolute(path.slice(0, pivot))
    const rest = TreePath.absolute(pivot < 0 ? path : path.slice(pivot + 3))
    return Either.right(Source.Path({ path: root, pattern: rest.slice(1), unpack }))
  }
  return Either.right(Source.Path({ path: TreePath.absolute(path), pattern: undefined, unpack }))
}

/** A repository with what the instruction's flags say of it; they must not contradict its address. */
const gitSource = (
  url: string,
  repository: GitRef.GitRef,
  checksum: string,
  keepGitDir: boolean | undefined
): Either.Either<Source, Problem> => {
  if (checksum !== "" && repository.checksum !== undefined && checksum !== repository.checksum)
    return problem("checksum", `checksum mismatch "${checksum}" != "${repository.checksum}"`)
  if (
    keepGitDir !== undefined &&
    repository.keepGitDirectory !== undefined &&
    keepGitDir !== repository.keepGitDirectory
  )
    return problem("source", "inconsistent keep-git-dir configuration")
  return Either.mapBoth(checksum === "" ? Either.void : GitRef.checkedChecksum(checksum), {
    onLeft: (message): Problem => ({ reason: "checksum", message }),
    onRight: () =>
      Source.Git({
        url,
        repository: { ...repository, checksum: checksum === "" ? repository.checksum : checksum },
        keepGitDirectory: keepGitDir ?? repository.keepGitDirectory ?? false
      })
  })
}
