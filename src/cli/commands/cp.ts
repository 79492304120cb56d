import * as Effect from "effect/Effect"
import * as CopyPath from "../../core/container/CopyPath.js"
import { decimalSize } from "../../core/display/Size.js"
import { Archives } from "../../edge/archive/Archives.js"
import { ContainerStore } from "../../edge/store/ContainerStore.js"
import { StoreRoot } from "../../edge/store/StoreRoot.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Cp from "../../engine/Cp.js"
import { find } from "../../engine/Find.js"
import { isAlive } from "../../engine/RunIdentity.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import * as Flag from "../Flag.js"
import * as LocalFile from "../LocalFile.js"

const refuse = (message: string): Effect.Effect<never, Failure> => Effect.fail({ message })

/** An ordinary user goes on as root of the container's user namespace, or of one like it: files are of all its ids. */
const containerFor = (name: string) =>
  Effect.gen(function* () {
    const { identity, paths } = yield* StoreRoot
    if (identity !== "user") return yield* (yield* ContainerStore).resolve(name)
    const container = yield* find(name)
    const within = isAlive(container) ? container.state.process?.pid : undefined
    const { reexecute } = yield* Effect.promise(() => import("../../edge/linux/MappedRoot.js"))
    const warn = (message: string) => void process.stderr.write(`WARNING: ${message}\n`)
    return yield* Effect.promise(() => reexecute(paths.root, { KASANE_ROOT: paths.root }, warn, within))
  })

/** What a terminal is shown while bytes go over, and what it says at the end. */
const progress = (isShown: boolean, direction: "from" | "to") =>
  Effect.map(Terminal, (terminal) => {
    let size = 0
    let shown = ""
    return {
      moved: (bytes: number) => {
        size += bytes
        const text = `Copying ${direction} container - ${decimalSize(size)}`
        if (!isShown || text === shown) return
        shown = text
        process.stderr.write(`\r\u001b[K${text}`)
      },
      done: (to: string) =>
        isShown ? terminal.err(`\r\u001b[KSuccessfully copied ${decimalSize(size)} to ${to}\n`) : Effect.void
    }
  })

export default command({
  needs: "files",
  usage: ["[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-", "[OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"],
  arity: Arity.exactly(2),
  flags: {
    archive: Flag.toggle("archive", { short: "a", help: "Archive mode (copy all uid/gid information)" }),
    follow: Flag.toggle("follow-link", { short: "L", help: "Always follow symbol link in SRC_PATH" }),
    quiet: Flag.toggle("quiet", {
      short: "q",
      help: "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached"
    })
  },
  run: ({ archive, follow, quiet }, [from = "", to = ""]) =>
    Effect.gen(function* () {
      if (from === "") return yield* refuse("source can not be empty")
      if (to === "") return yield* refuse("destination can not be empty")
      const [source, destination] = [CopyPath.parse(from), CopyPath.parse(to)]
      const terminal = yield* Terminal
      const isShown = !quiet && terminal.outIsTerminal
      const owners = archive ? ("kept" as const) : ("ours" as const)
      if (source.container !== undefined && destination.container !== undefined)
        return yield* refuse("copying between containers is not supported")
      if (source.container !== undefined) {
        const container = yield* containerFor(source.container)
        if (to === "-") {
          const bytes = Cp.archiveOf(container, source.path, { follow, owners, moved: () => {} })
          yield* LocalFile.writeOut(
            undefined,
            "cowardly refusing to copy an archive to a terminal. Use - with a redirect",
            bytes
          )
          return 0
        }
        const show = yield* progress(isShown, "from")
        const path = CopyPath.absolute(process.cwd(), to)
        yield* Cp.toHost(container, source.path, path, { follow, owners, moved: show.moved })
        yield* show.done(path)
        return 0
      }
      if (destination.container === undefined)
        return yield* refuse("must specify at least one container source")
      // Docker's words for a destination without a path.
      if (destination.path === "") return yield* refuse("no such directory")
      const container = yield* containerFor(destination.container)
      const show = yield* progress(isShown, "to")
      const how = { follow, owners, moved: show.moved }
      if (from === "-") {
        const bytes = (yield* Archives).decompress(LocalFile.read(undefined))
        yield* Cp.fromArchive(container, bytes, destination.path, how)
      } else {
        const path = CopyPath.absolute(process.cwd(), from)
        yield* Cp.toContainer(container, path, destination.path, how)
      }
      yield* show.done(to)
      return 0
    })
})
