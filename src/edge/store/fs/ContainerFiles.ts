import * as fs from "node:fs"
import * as Either from "effect/Either"
import * as StatusFile from "../../../core/program/StatusFile.js"
import { ContainerRecord } from "../../../core/store/ContainerRecord.js"
import * as ContainerState from "../../../core/store/ContainerState.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import type { StoredContainer } from "../ContainerStore.js"
import { isAbsent, listIfThere } from "./DurableFile.js"
import { readRecord } from "./JsonFile.js"
import { isAlive } from "./ProcessTable.js"

const idGrammar = /^[0-9a-f]{64}$/

/** The ids of all directories of containers, visible or not. */
export const ids = (paths: LayoutPaths.LayoutPaths): ReadonlyArray<string> =>
  listIfThere(paths.containers).filter((name) => idGrammar.test(name))

const linkOf = (paths: LayoutPaths.LayoutPaths, name: string): string => `${paths.names}/${name}`

/** Who has a name; undefined where nobody has. */
export const holderOf = (paths: LayoutPaths.LayoutPaths, name: string): string | undefined => {
  try {
    return fs.readlinkSync(linkOf(paths, name))
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Takes a name for a container: the one step that makes it visible. False if somebody has the name. */
export const takeName = (paths: LayoutPaths.LayoutPaths, name: string, id: string): boolean => {
  try {
    fs.symlinkSync(id, linkOf(paths, name))
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  }
}

export const giveUpName = (paths: LayoutPaths.LayoutPaths, name: string): void =>
  fs.rmSync(linkOf(paths, name), { force: true })

/** The record in a directory of containers, visible or not. Throws a `Corrupt` StoreError. */
export const readRecordOf = (paths: LayoutPaths.LayoutPaths, id: string): ContainerRecord | undefined =>
  readRecord(ContainerRecord, LayoutPaths.container(paths, id).config)

/** A container that has its name; undefined for one that is being made, or was removed. */
export const read = (paths: LayoutPaths.LayoutPaths, id: string): StoredContainer | undefined => {
  const record = readRecordOf(paths, id)
  if (record === undefined || holderOf(paths, record.name) !== id) return undefined
  const places = LayoutPaths.container(paths, id)
  const recorded = readRecord(ContainerState.ContainerState, places.state) ?? ContainerState.created
  return { record, state: observed(recorded, places), paths: places }
}

export const list = (paths: LayoutPaths.LayoutPaths): ReadonlyArray<StoredContainer> =>
  ids(paths).flatMap((id) => read(paths, id) ?? [])

const observed = (
  recorded: ContainerState.ContainerState,
  places: LayoutPaths.ContainerPaths
): ContainerState.ContainerState => {
  if (recorded.process === undefined) return recorded
  // In this order: a monitor that is gone after the look at its file has written it before.
  const isProcessAlive = isAlive(recorded.process)
  const isMonitorAlive = recorded.monitor !== undefined && isAlive(recorded.monitor)
  return ContainerState.observe(recorded, { isProcessAlive, isMonitorAlive, exit: exitOf(places.exit) })
}

const exitOf = (file: string): ContainerState.Observation["exit"] => {
  let bytes: Uint8Array
  try {
    bytes = fs.readFileSync(file)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
  return Either.match(StatusFile.decode(bytes), {
    onLeft: () => undefined,
    onRight: ({ code, oomKilled, finishedAt }) => ({
      code,
      oomKilled,
      finishedAt: new Date(finishedAt).toISOString()
    })
  })
}
