import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Digests from "../../../core/oci/Digest.js"
import * as ContainerEvents from "../../../core/store/ContainerEvents.js"
import { ContainerRecord } from "../../../core/store/ContainerRecord.js"
import * as ContainerState from "../../../core/store/ContainerState.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import { idOf, type Known, nameTaken, newestFirst, noContainer } from "../ContainerNaming.js"
import type { Amendment, ContainerStore, StoredContainer } from "../ContainerStore.js"
import { missing, type StoreError } from "../StoreError.js"
import { StoreLock } from "../StoreLock.js"
import * as ContainerFiles from "./ContainerFiles.js"
import { crashPoint } from "./CrashPoint.js"
import { syncDirectory } from "./DurableFile.js"
import * as EventFile from "./EventFile.js"
import { attempt, attemptPromise } from "./Failure.js"
import { encode, readRecord, replaceQuickly } from "./JsonFile.js"
import * as LayerFiles from "./LayerFiles.js"
import * as ProcessTable from "./ProcessTable.js"
import { StoreFiles } from "./StoreFiles.js"
import { openLocked, openLockedNow } from "./Waiting.js"

/** Makes a container's directory at a place where nobody looks yet. */
const makeDirectory = (dir: string, record: ContainerRecord): void => {
  fs.mkdirSync(dir, { mode: 0o711 })
  for (const inner of ["upper", "work", "merged"]) {
    fs.mkdirSync(`${dir}/${inner}`, { mode: 0o755 })
    fs.chmodSync(`${dir}/${inner}`, 0o755)
  }
  const fd = fs.openSync(`${dir}/config.json`, "wx", 0o600)
  try {
    fs.writeFileSync(fd, encode(ContainerRecord, record))
    if (!record.autoRemove) fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

export const make: Effect.Effect<ContainerStore["Type"], never, StoreFiles | StoreLock> = Effect.gen(
  function* () {
    const files = yield* StoreFiles
    const { exclusive } = yield* StoreLock
    const { paths } = files

    const list = attempt("list", paths.containers, () => [...ContainerFiles.list(paths)].sort(newestFirst))

    const get = (id: string): Effect.Effect<StoredContainer, StoreError> =>
      Effect.flatMap(
        attempt("read container", id, () => ContainerFiles.read(paths, id)),
        (found) => (found === undefined ? Effect.fail(noContainer(id)) : Effect.succeed(found))
      )

    const known: Known = {
      has: (id) => ContainerFiles.read(paths, id) !== undefined,
      holderOf: (name) => ContainerFiles.holderOf(paths, name),
      ids: () => ContainerFiles.ids(paths)
    }

    /**
     * Takes a name, while holding the store's lock. A name whose holder is gone, or has another name by now, is free: a
     * command died between two steps.
     */
    const take = (name: string, id: string): Effect.Effect<void, StoreError> =>
      Effect.flatMap(
        attempt("take name", name, () => {
          crashPoint()
          if (ContainerFiles.takeName(paths, name, id)) return undefined
          const holder = ContainerFiles.holderOf(paths, name) ?? ""
          if (ContainerFiles.readRecordOf(paths, holder)?.name === name) return holder
          ContainerFiles.giveUpName(paths, name)
          ContainerFiles.takeName(paths, name, id)
          return undefined
        }),
        (holder) => (holder === undefined ? Effect.void : Effect.fail(nameTaken(name, holder)))
      )

    const syncNames = attempt("sync", paths.names, () => {
      crashPoint()
      syncDirectory(paths.names)
      syncDirectory(paths.containers)
    })

    const tell = (...what: Parameters<typeof ContainerEvents.of>) =>
      Effect.sync(() => EventFile.append(paths, [ContainerEvents.of(...what)]))

    const drop = (dir: string) =>
      Effect.zipRight(
        attempt("remove", dir, () => files.onReserve(() => files.trash(dir))),
        attemptPromise("remove", dir, () => files.emptyTrash())
      )

    const amend = Effect.fn("ContainerStore.amend")(function* (id: string, changes: Amendment) {
      const { record } = yield* get(id)
      const after: ContainerRecord = { ...record, ...changes }
      const isRenamed = after.name !== record.name
      if (isRenamed) yield* exclusive(take(after.name, id))
      yield* attempt("change container", id, () =>
        files.replace(LayoutPaths.container(paths, id).config, encode(ContainerRecord, after))
      )
      if (!isRenamed) return
      yield* attempt("rename container", id, () => {
        crashPoint()
        ContainerFiles.giveUpName(paths, record.name)
      })
      yield* syncNames
      yield* tell(after, "rename", { oldName: `/${record.name}` })
    })

    return {
      create: Effect.fn("ContainerStore.create")(function* (record) {
        const places = LayoutPaths.container(paths, record.id)
        const made = yield* attempt("make container", record.id, () => {
          const dir = files.fresh("container")
          makeDirectory(dir, record)
          return dir
        })
        // Alone, so that a directory without its name is a leftover to everybody else, and nobody collects the layers.
        const appear = exclusive(
          Effect.gen(function* () {
            if (record.chainId !== undefined) yield* LayerFiles.stack(paths, record.chainId)
            yield* take(record.name, record.id)
            yield* attempt("make container", record.id, () => {
              crashPoint()
              fs.renameSync(made, places.dir)
            })
          })
        )
        yield* Effect.tapError(appear, () => Effect.ignore(drop(made)))
        if (!record.autoRemove) yield* syncNames
        yield* tell(record, "create")
        return { record, state: ContainerState.created, paths: places }
      }),
      list,
      resolve: Effect.fn("ContainerStore.resolve")(function* (text) {
        const id = yield* yield* attempt("look up container", text, () => idOf(text, known))
        return yield* Effect.mapError(get(id), (error) =>
          error.reason === "Missing" ? noContainer(text) : error
        )
      }),
      get,
      setState: (id, state) =>
        attempt("write the state of container", Digests.isDigest(id) ? id : id.slice(0, 12), () => {
          crashPoint()
          const place = LayoutPaths.container(paths, id).state
          const before = readRecord(ContainerState.ContainerState, place) ?? ContainerState.created
          const isNews = before.status !== state.status || before.health !== state.health
          const record = isNews ? ContainerFiles.readRecordOf(paths, id) : undefined
          // First: who sees the state may tell of something that follows it.
          if (record !== undefined) EventFile.append(paths, ContainerEvents.between(record, before, state))
          replaceQuickly(place, encode(ContainerState.ContainerState, state))
        }),
      amend,
      rename: (id, name) => amend(id, { name }),
      remove: Effect.fn("ContainerStore.remove")(function* (id) {
        const found = yield* attempt("read container", id, () => ContainerFiles.readRecordOf(paths, id))
        const { dir } = LayoutPaths.container(paths, id)
        yield* exclusive(
          attempt("remove container", id, () => {
            crashPoint()
            if (found !== undefined && ContainerFiles.holderOf(paths, found.name) === id)
              ContainerFiles.giveUpName(paths, found.name)
            files.onReserve(() => files.trash(dir))
            if (found !== undefined && !found.autoRemove) syncDirectory(paths.names)
          })
        )
        yield* attemptPromise("remove", dir, () => files.emptyTrash())
        if (found !== undefined) yield* tell(found, "destroy")
      }),
      lock: (id) => Effect.asVoid(openLocked(LayoutPaths.container(paths, id).lock)),
      tryLock: (id) =>
        Effect.asVoid(
          openLockedNow(
            LayoutPaths.container(paths, id).lock,
            `container ${id.slice(0, 12)} is in use by another command; try again when it has ended`
          )
        ),
      identify: (pid) =>
        Effect.flatMap(
          attempt("look up process", String(pid), () => ProcessTable.identify(pid)),
          (found) =>
            found === undefined
              ? Effect.fail(missing(String(pid), `there is no process ${pid}`))
              : Effect.succeed(found)
        )
    }
  }
)
