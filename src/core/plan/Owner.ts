/** Who copied files belong to. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The image's account files as text; undefined where it has none. */
export interface Accounts {
  readonly passwd: string | undefined
  readonly group: string | undefined
}

const fieldsOf = (text: string | undefined, name: string): ReadonlyArray<string> | undefined =>
  (text ?? "")
    .split("\n")
    .map((line) => line.trim().split(":"))
    .find((fields) => fields[0] === name)

const id = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : undefined

/**
 * What `--chown=user[:group]` (or USER, for directories that WORKDIR makes) means in an image. A number without a group is
 * the group too; a name brings the group of its passwd entry; a name that the image does not know is root, as in BuildKit.
 */
export const resolve = (spec: string, accounts: Accounts): Owner => {
  const [user = "", group = ""] = spec.split(":")
  const entry = id(user) === undefined ? fieldsOf(accounts.passwd, user) : undefined
  const uid = id(user) ?? id(entry?.[2]) ?? 0
  const primary = id(user) ?? id(entry?.[3]) ?? 0
  if (group === "") return { uid, gid: primary }
  return { uid, gid: id(group) ?? id(fieldsOf(accounts.group, group)?.[2]) ?? 0 }
}
