import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Schema from "effect/Schema"

/** test/corpus/builds/NAME: a context with its Dockerfile, case.json, and expected.txt. */
export const directory = fileURLToPath(new URL("../../corpus/builds/", import.meta.url))

const Case = Schema.parseJson(
  Schema.Struct({
    /** Shell lines, run in the context, for what a repository does not keep: modes, owners, archives, attributes. */
    prepare: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
    /** Dockerfiles of the context that are built first, by the names of the images that they make. */
    first: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), {
      default: () => ({})
    }),
    /** More words for `build`. @CTX@ is the context, @URL@ a server of the files below `served`. */
    args: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
    /** What the environment of `build` has besides. */
    env: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), {
      default: () => ({})
    }),
    /** Where kasane is right to differ: a pattern of lines that only one of the two may have, and the reason. */
    differences: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), {
      default: () => ({})
    })
  })
)

export interface BuildCase extends Schema.Schema.Type<typeof Case> {
  readonly name: string
}

const own = ["case.json", "expected.txt"]

export const all = (): ReadonlyArray<BuildCase> =>
  fs
    .readdirSync(directory)
    .sort()
    .map((name) => {
      const file = path.join(directory, name, "case.json")
      return {
        name,
        ...Schema.decodeUnknownSync(Case)(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "{}")
      }
    })

/** The name of the image that a case builds. */
export const imageName = ({ name }: BuildCase): string => `case-${name}`

/** Every file and directory of a prepared context has this time. */
const time = "2020-02-02T02:02:02Z"

/** A copy of the case's context below `parent`, with root as the owner of all that `prepare` does not give away. */
export const prepare = ({ name, prepare: lines }: BuildCase, parent: string): string => {
  // A daemon takes files of the same size and time for those of the last context that was named so.
  const context = path.join(parent, `${name}-${process.pid}`)
  fs.cpSync(path.join(directory, name), context, { recursive: true, verbatimSymlinks: true })
  for (const file of own) fs.rmSync(path.join(context, file), { force: true })
  const script = [
    "set -e; umask 022",
    "chown -R 0:0 .",
    "chmod -R u=rwX,go=rX .",
    ...lines,
    `find . -newermt 2024-01-01 -exec touch -h -d ${time} {} +`
  ]
  execFileSync("sh", ["-c", script.join("\n")], { cwd: context, stdio: ["ignore", "ignore", "inherit"] })
  return context
}

/** The words of `build` for a case whose context is prepared. */
export const words = (one: BuildCase, context: string, url: string): ReadonlyArray<string> => [
  "build",
  "-t",
  imageName(one),
  ...one.args.map((word) => word.replaceAll("@CTX@", context).replaceAll("@URL@", url)),
  context
]
