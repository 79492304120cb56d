import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { Connections, unchanged } from "../../../core/network/Connections.js"
import { Life } from "../../../core/network/Life.js"
import { isPredefined, NetworkRecord } from "../../../core/network/NetworkRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import * as NetworkEvents from "../../../core/store/NetworkEvents.js"
import { inOrder, type NetworkStore, nameTaken, pick } from "../NetworkStore.js"
import { StoreLock } from "../StoreLock.js"
import { crashPoint } from "./CrashPoint.js"
import { listIfThere } from "./DurableFile.js"
import * as EventFile from "./EventFile.js"
import { attempt } from "./Failure.js"
import { encode, readRecord, replaceQuickly } from "./JsonFile.js"
import { StoreFiles } from "./StoreFiles.js"

const recordName = /^[0-9a-f]{64}\.json$/

export const make: Effect.Effect<NetworkStore["Type"], never, StoreFiles | StoreLock> = Effect.gen(
  function* () {
    const files = yield* StoreFiles
    const { named } = yield* StoreLock
    const { paths } = files
    const recordOf = (id: string): string => `${paths.networks}/${id}.json`
    const lifeOf = (container: string): string => `${paths.networkLives}/${container}.json`
    const idsIn = (dir: string): ReadonlyArray<string> =>
      listIfThere(dir).flatMap((name) => (recordName.test(name) ? [name.slice(0, 64)] : []))

    const list = attempt("list", paths.networks, () =>
      inOrder(idsIn(paths.networks).flatMap((id) => readRecord(NetworkRecord, recordOf(id)) ?? []))
    )

    const write = (record: NetworkRecord) =>
      attempt("write network", record.name, () => {
        files.prepare()
        files.replace(recordOf(record.id), encode(NetworkRecord, record))
      })

    return {
      lock: named("networks"),
      list,
      create: Effect.fn("NetworkStore.create")(function* (record) {
        if ((yield* list).some(({ name }) => name === record.name)) return yield* nameTaken(record.name)
        yield* write(record)
        if (!isPredefined(record.name)) EventFile.append(paths, [NetworkEvents.of("create", record)])
      }),
      update: write,
      resolve: (text) => Effect.flatMap(list, (all) => pick(all, text)),
      remove: (id) =>
        attempt("remove network", id, () => {
          const record = readRecord(NetworkRecord, recordOf(id))
          files.onReserve(() => fs.rmSync(recordOf(id), { force: true }))
          if (record !== undefined) EventFile.append(paths, [NetworkEvents.of("destroy", record)])
        }),
      lives: attempt("list", paths.networkLives, () =>
        idsIn(paths.networkLives).flatMap((id) => readRecord(Life, lifeOf(id)) ?? [])
      ),
      life: (container) => attempt("read", lifeOf(container), () => readRecord(Life, lifeOf(container))),
      setLife: (life) =>
        attempt("write", lifeOf(life.container), () => {
          files.prepare()
          // Nobody else writes meanwhile: what is not in its place yet was left by somebody who died.
          for (const name of listIfThere(paths.networkLives))
            if (!recordName.test(name)) fs.rmSync(`${paths.networkLives}/${name}`, { force: true })
          replaceQuickly(lifeOf(life.container), encode(Life, life))
        }),
      lifeChanged: (container) =>
        Effect.async<void>((resume) => {
          const watcher = fs.watch(paths.networkLives, { persistent: false }, (_event, name) => {
            if (name !== `${container}.json`) return
            watcher.close()
            resume(Effect.void)
          })
          watcher.on("error", () => watcher.close())
          return Effect.sync(() => watcher.close())
        }),
      endLife: (container) =>
        attempt("remove", lifeOf(container), () => {
          crashPoint()
          fs.rmSync(lifeOf(container), { force: true })
        }),
      connections: (container) => {
        const file = LayoutPaths.container(paths, container).connections
        return attempt("read", file, () => readRecord(Connections, file) ?? unchanged)
      },
      setConnections: (container, changed) => {
        const file = LayoutPaths.container(paths, container).connections
        return attempt("write", file, () => files.replace(file, encode(Connections, changed)))
      }
    }
  }
)
