import * as Either from "effect/Either"
import { type InvalidOption, setting } from "./InvalidOption.js"

/** The image's account files, as text; undefined when it has none. */
export interface AccountFiles {
  readonly passwd: string | undefined
  readonly group: string | undefined
}

/** Who a container's process is. */
export interface Account {
  readonly uid: number
  readonly gid: number
  /** The primary group first, no duplicates. */
  readonly groups: ReadonlyArray<number>
  /** From /etc/passwd, else `/`. */
  readonly home: string
}

/** Files beyond this are refused by whoever reads them: no image needs more, and a hostile one costs no memory. */
export const maximumBytes = 8 * 1024 * 1024

/** The largest id: above lie ids that wrap to root in 32-bit interfaces. */
const maximumId = 2 ** 31 - 1

interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

interface Group {
  readonly name: string
  readonly gid: number
  readonly members: ReadonlyArray<string>
}

/** An id as those files and flags have it: plain digits within range, else undefined. */
const id = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= maximumId ? Number(text) : undefined

const isNumeric = (text: string): boolean => /^[+-]?\d+$/.test(text)

function* lines(text: string | undefined): Generator<ReadonlyArray<string>> {
  for (const line of (text ?? "").split("\n")) {
    const trimmed = line.trim()
    if (trimmed !== "" && !trimmed.startsWith("#")) yield trimmed.split(":")
  }
}

/** Entries with a usable id; others are passed over, they name nobody. Source: passwd(5). */
function* users(passwd: string | undefined): Generator<User> {
  for (const [name = "", , uidText, gidText, , home] of lines(passwd)) {
    const uid = id(uidText)
    const gid = id(gidText)
    if (uid !== undefined && gid !== undefined) yield { name, uid, gid, home: home || "/" }
  }
}

/** Source: group(5). */
function* groups(group: string | undefined): Generator<Group> {
  for (const [name = "", , gidText, members = ""] of lines(group)) {
    const gid = id(gidText)
    if (gid !== undefined) yield { name, gid, members: members.split(",").filter((member) => member !== "") }
  }
}

const first = <A>(values: Iterable<A>, wanted: (value: A) => boolean): A | undefined => {
  for (const value of values) if (wanted(value)) return value
  return undefined
}

const refuse = (flag: string, message: string) => Either.left(setting(flag, message))

const outOfRange = (flag: string) => refuse(flag, `uids and gids must be in range 0-${maximumId}`)

/** A group by number or by name: digits are only ever a number, anything else only a name. */
const findGroup = (text: string, files: AccountFiles, flag: string): Either.Either<number, InvalidOption> => {
  if (isNumeric(text)) {
    const gid = id(text)
    return gid === undefined ? outOfRange(flag) : Either.right(gid)
  }
  const found = first(groups(files.group), (group) => group.name === text)
  return found === undefined
    ? refuse(flag, `unable to find group ${text}: no matching entries in group file`)
    : Either.right(found.gid)
}

/**
 * The numeric identity that `user[:group]` means in an image, with the groups of --group-add. Digits are an id and
 * never looked up as a name; a name is never read as a number; ids above 2^31-1 are refused. An explicit group leaves
 * out the groups that the image lists the user in. Source: moby/sys, user.GetExecUser.
 */
export const resolve = (
  spec: string,
  groupAdd: ReadonlyArray<string>,
  files: AccountFiles
): Either.Either<Account, InvalidOption> =>
  Either.gen(function* () {
    const [userText = "", groupText = ""] = spec.split(":")
    const uid = userText === "" ? 0 : id(userText)
    if (uid === undefined && isNumeric(userText)) return yield* outOfRange("--user")
    const entry = first(users(files.passwd), (user) =>
      uid === undefined ? user.name === userText : user.uid === uid
    )
    if (entry === undefined && uid === undefined) {
      return yield* refuse("--user", `unable to find user ${userText}: no matching entries in passwd file`)
    }
    const gid = groupText === "" ? (entry?.gid ?? 0) : yield* findGroup(groupText, files, "--user")
    const memberships =
      groupText !== "" || entry === undefined
        ? []
        : [...groups(files.group)].filter((group) => group.members.includes(entry.name))
    const added = yield* Either.all(groupAdd.map((text) => findGroup(text, files, "--group-add")))
    return {
      uid: entry?.uid ?? uid ?? 0,
      gid,
      groups: [...new Set([gid, ...memberships.map((group) => group.gid), ...added])],
      home: entry?.home ?? "/"
    }
  })
