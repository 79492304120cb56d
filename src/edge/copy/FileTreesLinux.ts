import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as DetachedMount from "../linux/DetachedMount.js"
import * as OpenBeneath from "../linux/OpenBeneath.js"
import * as PrivateMounts from "../linux/PrivateMounts.js"
import { StoreRoot } from "../store/StoreRoot.js"
import { CopyError, FileTrees, type StoppedView } from "./FileTrees.js"
import * as LiveTree from "./LiveTree.js"

const { O_RDONLY, O_DIRECTORY } = fs.constants

const openRoot = (path: string) =>
  Effect.acquireRelease(
    Effect.try({ try: () => fs.openSync(path, O_RDONLY | O_DIRECTORY), catch: LiveTree.failed }),
    (fd) => Effect.sync(() => fs.closeSync(fd))
  )

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("/"), 1))

/** The place for a mount, made where it is missing as the start of the container would make it; links stay inside of the root. */
const placeFor = (root: number, path: string, kind: "file" | "directory"): number => {
  try {
    return OpenBeneath.placeInRoot(root, path)
  } catch {
    // It is missing, or a part of the way is.
  }
  const above = placeFor(root, parentOf(path), "directory")
  const place = `/proc/self/fd/${above}/${path.slice(path.lastIndexOf("/") + 1)}`
  try {
    if (kind === "directory") fs.mkdirSync(place, 0o755)
    else fs.closeSync(fs.openSync(place, "wx", 0o644))
  } finally {
    fs.closeSync(above)
  }
  return OpenBeneath.placeInRoot(root, path)
}

const mountInto = (root: number, { dir, mounts }: StoppedView) =>
  Effect.try({
    try: () => {
      for (const { source, target, kind, flags } of mounts) {
        if (source.startsWith(`${dir}/`) && !fs.existsSync(source)) continue
        const place = placeFor(root, target, kind)
        try {
          PrivateMounts.bindAt(source, place, flags.includes("ro"))
        } finally {
          fs.closeSync(place)
        }
      }
    },
    catch: LiveTree.failed
  })

const asCopyError = (error: DetachedMount.MountError): CopyError =>
  new CopyError({ reason: "Failed", message: error.message, cause: error })

/** Files of this machine, by descriptors. */
export const make = Effect.map(StoreRoot, ({ identity: who }) => {
  const identity = who === "root" ? "root" : "mapped"
  return FileTrees.of({
    host: Effect.succeed(LiveTree.ofHost(identity)),
    ofProcess: (pid) => Effect.map(openRoot(`/proc/${pid}/root`), (root) => LiveTree.inRoot(root, identity)),
    stopped: (view) =>
      Effect.gen(function* () {
        const { upper, work, merged, lower, readonly, mounts } = view
        const isLayered = lower.length > 0
        const request = { lower, writable: { upper, work }, identity } as const
        const overlay = yield* isLayered
          ? Effect.mapError(DetachedMount.overlay(request), asCopyError)
          : Effect.succeed(upper)
        const overlayFd = Number(overlay.slice(overlay.lastIndexOf("/") + 1))
        if (mounts.length > 0) {
          yield* Effect.try({
            try: () => {
              PrivateMounts.unshare()
              if (!isLayered) return
              fs.mkdirSync(merged, { recursive: true, mode: 0o700 })
              PrivateMounts.place(overlayFd, merged)
            },
            catch: LiveTree.failed
          })
        }
        const root = yield* openRoot(overlay)
        yield* mountInto(root, view)
        if (readonly && isLayered)
          yield* Effect.try({ try: () => PrivateMounts.makeReadonly(overlayFd), catch: LiveTree.failed })
        return LiveTree.inRoot(root, identity)
      })
  })
})

export const layer = Layer.effect(FileTrees, make)
