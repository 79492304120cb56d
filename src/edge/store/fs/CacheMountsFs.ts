import * as fs from "node:fs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type CacheMountIdentity, CacheMountRecord, nameOf } from "../../../core/store/CacheMountRecord.js"
import type { CacheMounts, StoredCacheMount } from "../CacheMounts.js"
import type { StoreError } from "../StoreError.js"
import { listIfThere } from "./DurableFile.js"
import { attempt, attemptPromise, codeOf } from "./Failure.js"
import { encode, readRecord } from "./JsonFile.js"
import { StoreFiles, type StoreFilesService } from "./StoreFiles.js"
import * as Waiting from "./Waiting.js"

/** More steps than ever run at once. */
const copiesMax = 1000

const taken = new Set(["ENOTEMPTY", "EEXIST"])

/** Makes a directory that is not there, beside and then in place; somebody else may have been quicker. */
const ensured = <E>(
  files: StoreFilesService,
  dir: string,
  record: Omit<CacheMountRecord, "created">,
  fill: (directory: string) => Effect.Effect<void, E>
): Effect.Effect<void, E | StoreError> =>
  Effect.gen(function* () {
    if (yield* attempt("read", dir, () => fs.existsSync(`${dir}/mount.json`))) return
    const fresh = yield* attempt("prepare", dir, () => {
      const made = files.fresh("mount")
      fs.mkdirSync(`${files.paths.cache}/mounts`, { recursive: true, mode: 0o700 })
      fs.mkdirSync(`${made}/data`, { recursive: true, mode: 0o700 })
      return made
    })
    yield* fill(`${fresh}/data`)
    const created = new Date(yield* Clock.currentTimeMillis).toISOString()
    yield* attempt("make", dir, () => {
      const { mode, uid, gid } = record.identity
      fs.chownSync(`${fresh}/data`, uid, gid)
      fs.chmodSync(`${fresh}/data`, mode)
      fs.writeFileSync(`${fresh}/lock`, "", { mode: 0o600 })
      fs.writeFileSync(`${fresh}/mount.json`, encode(CacheMountRecord, { ...record, created }))
      try {
        fs.renameSync(fresh, dir)
      } catch (error) {
        if (!taken.has(codeOf(error) ?? "")) throw error
        fs.rmSync(fresh, { recursive: true, force: true })
      }
    })
  })

export const make: Effect.Effect<CacheMounts["Type"], never, StoreFiles> = Effect.map(StoreFiles, (files) => {
  const root = `${files.paths.cache}/mounts`

  /** Waits for a lock of a mount that is still there then; its directory. */
  const waited = <E>(
    identity: CacheMountIdentity,
    lock: typeof Waiting.openShared,
    fill: (directory: string) => Effect.Effect<void, E>
  ): Effect.Effect<string, E | StoreError, Scope.Scope> =>
    Effect.gen(function* () {
      const dir = `${root}/${nameOf(identity, 0)}`
      for (;;) {
        yield* ensured(files, dir, { identity, copy: 0 }, fill)
        const scope = yield* Scope.make()
        // Whoever removes a mount moves its lock away with it: the lock that is got then is not the mount's any more.
        const got = yield* Effect.exit(Scope.extend(lock(`${dir}/lock`), scope))
        if (Exit.isSuccess(got)) {
          yield* Effect.addFinalizer((exit) => Scope.close(scope, exit))
          return dir
        }
        yield* Scope.close(scope, got)
        if (fs.existsSync(dir)) return yield* Exit.as(got, dir)
      }
    })

  /** The first copy that nobody has. */
  const alone = <E>(
    identity: CacheMountIdentity,
    fill: (directory: string) => Effect.Effect<void, E>
  ): Effect.Effect<string, E | StoreError, Scope.Scope> =>
    Effect.gen(function* () {
      for (let copy = 0; copy < copiesMax; copy++) {
        const dir = `${root}/${nameOf(identity, copy)}`
        yield* ensured(files, dir, { identity, copy }, fill)
        const scope = yield* Scope.make()
        const got = yield* Effect.exit(Scope.extend(Waiting.openLockedNow(`${dir}/lock`, "in use"), scope))
        if (Exit.isSuccess(got) && Waiting.isStill(got.value, `${dir}/lock`)) {
          yield* Effect.addFinalizer((exit) => Scope.close(scope, exit))
          return dir
        }
        yield* Scope.close(scope, got)
      }
      return yield* Effect.dieMessage(`${copiesMax} copies of the cache mount ${identity.id} are in use`)
    })

  const read = (name: string): ReadonlyArray<StoredCacheMount> => {
    const dir = `${root}/${name}`
    try {
      const record = readRecord(CacheMountRecord, `${dir}/mount.json`)
      if (record === undefined) return []
      const lastUsed = fs.statSync(`${dir}/lock`).mtime.toISOString()
      return [{ name, record, path: `${dir}/data`, lastUsed, inUse: Waiting.isLocked(`${dir}/lock`) }]
    } catch {
      // Damaged, or removed while we looked.
      return []
    }
  }

  return {
    take: (identity, sharing, fill) =>
      Effect.gen(function* () {
        const dir =
          sharing === "private"
            ? yield* alone(identity, fill)
            : yield* waited(identity, sharing === "shared" ? Waiting.openShared : Waiting.openLocked, fill)
        const now = (yield* Clock.currentTimeMillis) / 1000
        yield* attempt("write", dir, () => fs.utimesSync(`${dir}/lock`, now, now))
        return `${dir}/data`
      }),
    list: attempt("list", root, () => listIfThere(root).flatMap(read)),
    remove: (name) =>
      Effect.scoped(
        Effect.gen(function* () {
          const dir = `${root}/${name}`
          if (!(yield* attempt("read", dir, () => fs.existsSync(dir)))) return false
          yield* attempt("prepare", dir, files.prepare)
          const isFree = yield* Waiting.openLockedNow(`${dir}/lock`, `cache mount ${name} is in use`).pipe(
            Effect.as(true),
            Effect.catchIf(
              ({ reason }) => reason === "Locked",
              () => Effect.succeed(false)
            )
          )
          if (isFree) {
            yield* attempt("remove", dir, () => files.onReserve(() => files.trash(dir)))
            yield* attemptPromise("empty the trash in", files.paths.root, () => files.emptyTrash())
          }
          return isFree
        })
      )
  }
})
