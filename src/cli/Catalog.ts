import type { Command } from "./Command.js"

/** A command's place in the command line. Its module is loaded only when it is used. */
export interface Entry {
  /** All the ways to say it; the first is the one that help and errors about the whole program use. */
  readonly paths: readonly [string, ...ReadonlyArray<string>]
  /** One line for the lists in the help. */
  readonly summary: string
  /** Where `kasane --help` lists it, if it does. */
  readonly section: "common" | "other" | "hidden"
  /**
   * True where the command writes files with owners of their own: an ordinary user's kasane then goes on inside a user
   * namespace in which that user is root.
   */
  readonly mapped: boolean
  /** True where a running supervisor may do the command's work, if the command says so of its flags. */
  readonly errand: boolean
  readonly load: () => Promise<{ readonly default: Command }>
}

/** The groups, Docker's management commands: `kasane image ls`. */
export const groups: Readonly<Record<string, string>> = {
  builder: "Manage builds",
  cache: "Manage the build cache, and share it",
  container: "Manage containers",
  image: "Manage images",
  manifest: "Manage image manifests and manifest lists",
  network: "Manage networks",
  registry: "Manage what registries have",
  system: "Manage kasane",
  volume: "Manage volumes"
}

type Section = Entry["section"]

const reads = (section: Section, paths: Entry["paths"], summary: string, load: Entry["load"]): Entry => ({
  paths,
  summary,
  section,
  mapped: false,
  errand: false,
  load
})

const writes = (section: Section, paths: Entry["paths"], summary: string, load: Entry["load"]): Entry => ({
  ...reads(section, paths, summary, load),
  mapped: true
})

/** What a running supervisor may do in our stead. */
const asks = (section: Section, paths: Entry["paths"], summary: string, load: Entry["load"]): Entry => ({
  ...reads(section, paths, summary, load),
  errand: true
})

/** Every command; those of the common section in the order of the help. To add one: docs/adding-a-command.md. */
export const entries: ReadonlyArray<Entry> = [
  writes(
    "common",
    ["build", "image build", "builder build"],
    "Build an image from a Dockerfile",
    () => import("./commands/build.js")
  ),
  writes(
    "common",
    ["blame"],
    "Say which layers and steps of an image a file comes from",
    () => import("./commands/blame.js")
  ),
  reads(
    "common",
    ["impact"],
    "Say what a change of files does to a build",
    () => import("./commands/impact.js")
  ),
  writes(
    "common",
    ["pull", "image pull"],
    "Download an image from a registry",
    () => import("./commands/pull.js")
  ),
  writes(
    "common",
    ["push", "image push"],
    "Upload an image to a registry",
    () => import("./commands/push.js")
  ),
  writes(
    "other",
    ["copy", "image copy"],
    "Copy an image between registries, layouts, archives and the store",
    () => import("./commands/copy.js")
  ),
  reads(
    "common",
    ["run", "container run"],
    "Create and run a new container from an image",
    () => import("./commands/run.js")
  ),
  asks(
    "common",
    ["exec", "container exec"],
    "Execute a command in a running container",
    () => import("./commands/exec.js")
  ),
  reads(
    "common",
    ["ps", "container ls", "container list", "container ps"],
    "List containers",
    () => import("./commands/ps.js")
  ),
  reads("common", ["images", "image ls", "image list"], "List images", () => import("./commands/images.js")),
  reads(
    "hidden",
    ["registry tags"],
    "List the tags of a repository",
    () => import("./commands/registry-tags.js")
  ),
  reads(
    "hidden",
    ["registry referrers"],
    "Show what refers to an image: signatures, attestations",
    () => import("./commands/registry-referrers.js")
  ),
  reads(
    "hidden",
    ["registry rm", "registry delete"],
    "Delete images from their registries",
    () => import("./commands/registry-rm.js")
  ),
  reads(
    "hidden",
    ["manifest annotate"],
    "Add additional information to a local image manifest",
    () => import("./commands/manifest-annotate.js")
  ),
  reads(
    "hidden",
    ["manifest create"],
    "Create a local manifest list for annotating and pushing to a registry",
    () => import("./commands/manifest-create.js")
  ),
  reads(
    "hidden",
    ["manifest push"],
    "Push a manifest list to a repository",
    () => import("./commands/manifest-push.js")
  ),
  reads(
    "hidden",
    ["manifest rm"],
    "Delete one or more manifest lists from local storage",
    () => import("./commands/manifest-rm.js")
  ),
  reads(
    "hidden",
    ["manifest inspect"],
    "Display an image manifest, or manifest list",
    () => import("./commands/manifest-inspect.js")
  ),
  reads("common", ["login"], "Authenticate to a registry", () => import("./commands/login.js")),
  reads("common", ["logout"], "Log out from a registry", () => import("./commands/logout.js")),
  reads("common", ["version"], "Show the kasane version information", () => import("./commands/version.js")),
  reads(
    "common",
    ["info", "system info"],
    "Display system-wide information",
    () => import("./commands/info.js")
  ),
  reads(
    "other",
    ["history", "image history"],
    "Show the history of an image",
    () => import("./commands/history.js")
  ),
  reads(
    "other",
    ["inspect"],
    "Return low-level information on containers, images, networks and volumes",
    () => import("./commands/inspect.js")
  ),
  reads(
    "hidden",
    ["image inspect"],
    "Display detailed information on one or more images",
    () => import("./commands/image-inspect.js")
  ),
  writes(
    "other",
    ["rmi", "image rm", "image remove"],
    "Remove one or more images",
    () => import("./commands/rmi.js")
  ),
  writes(
    "other",
    ["tag", "image tag"],
    "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    () => import("./commands/tag.js")
  ),
  writes(
    "other",
    ["commit", "container commit"],
    "Create a new image from a container's changes",
    () => import("./commands/commit.js")
  ),
  reads(
    "other",
    ["attach", "container attach"],
    "Attach local standard input, output, and error streams to a running container",
    () => import("./commands/attach.js")
  ),
  reads(
    "other",
    ["cp", "container cp"],
    "Copy files/folders between a container and the local filesystem",
    () => import("./commands/cp.js")
  ),
  reads(
    "other",
    ["create", "container create"],
    "Create a new container",
    () => import("./commands/create.js")
  ),
  asks(
    "other",
    ["kill", "container kill"],
    "Kill one or more running containers",
    () => import("./commands/kill.js")
  ),
  reads(
    "other",
    ["logs", "container logs"],
    "Fetch the logs of a container",
    () => import("./commands/logs.js")
  ),
  reads(
    "other",
    ["pause", "container pause"],
    "Pause all processes within one or more containers",
    () => import("./commands/pause.js")
  ),
  reads(
    "other",
    ["port", "container port"],
    "List port mappings or a specific mapping for the container",
    () => import("./commands/port.js")
  ),
  reads(
    "other",
    ["edit", "container edit"],
    "Change ports, mounts, limits and everything else of a container but its image",
    () => import("./commands/edit.js")
  ),
  reads(
    "other",
    ["recipe", "container recipe"],
    "Print the command that made a container",
    () => import("./commands/recipe.js")
  ),
  reads("other", ["rename", "container rename"], "Rename a container", () => import("./commands/rename.js")),
  reads(
    "other",
    ["restart", "container restart"],
    "Restart one or more containers",
    () => import("./commands/restart.js")
  ),
  asks(
    "other",
    ["rm", "container rm", "container remove"],
    "Remove one or more containers",
    () => import("./commands/rm.js")
  ),
  asks(
    "other",
    ["start", "container start"],
    "Start one or more stopped containers",
    () => import("./commands/start.js")
  ),
  asks(
    "other",
    ["stop", "container stop"],
    "Stop one or more running containers",
    () => import("./commands/stop.js")
  ),
  reads(
    "other",
    ["events", "system events"],
    "Get events from the store, past ones and those to come",
    () => import("./commands/events.js")
  ),
  reads(
    "other",
    ["stats", "container stats"],
    "Display a live stream of container(s) resource usage statistics",
    () => import("./commands/stats.js")
  ),
  reads(
    "other",
    ["update", "container update"],
    "Update configuration of one or more containers",
    () => import("./commands/update.js")
  ),
  reads(
    "other",
    ["top", "container top"],
    "Display the running processes of a container",
    () => import("./commands/top.js")
  ),
  reads(
    "other",
    ["unpause", "container unpause"],
    "Unpause all processes within one or more containers",
    () => import("./commands/unpause.js")
  ),
  reads(
    "other",
    ["wait", "container wait"],
    "Block until one or more containers stop, then print their exit codes",
    () => import("./commands/wait.js")
  ),
  reads(
    "hidden",
    ["container inspect"],
    "Display detailed information on one or more containers",
    () => import("./commands/container-inspect.js")
  ),
  writes(
    "hidden",
    ["fill-volumes"],
    "Fill a container's new volumes from its image",
    () => import("./commands/fill-volumes.js")
  ),
  reads(
    "other",
    ["oci"],
    "Run containers of OCI bundles: an OCI runtime for other engines",
    () => import("./commands/oci.js")
  ),
  reads(
    "other",
    ["supervise"],
    "Keep the store's detached containers, or start them after a boot",
    () => import("./commands/supervise.js")
  ),
  writes(
    "other",
    ["load", "image load"],
    "Load an image from a tar archive or STDIN",
    () => import("./commands/load.js")
  ),
  writes(
    "other",
    ["save", "image save"],
    "Save one or more images to a tar archive (streamed to STDOUT by default)",
    () => import("./commands/save.js")
  ),
  writes(
    "other",
    ["import", "image import"],
    "Import the contents from a tarball to create a filesystem image",
    () => import("./commands/import.js")
  ),
  writes(
    "other",
    ["export", "container export"],
    "Export a container's filesystem as a tar archive",
    () => import("./commands/export.js")
  ),
  writes(
    "other",
    ["diff", "container diff"],
    "Inspect changes to files or directories on a container's filesystem",
    () => import("./commands/diff.js")
  ),
  writes(
    "other",
    ["check", "system check"],
    "Verify everything in the store",
    () => import("./commands/check.js")
  ),
  writes(
    "other",
    ["prune", "system prune"],
    "Remove unused data",
    () => import("./commands/system-prune.js")
  ),
  writes(
    "hidden",
    ["container prune"],
    "Remove all stopped containers",
    () => import("./commands/container-prune.js")
  ),
  writes("hidden", ["image prune"], "Remove unused images", () => import("./commands/image-prune.js")),
  writes("hidden", ["volume create"], "Create a volume", () => import("./commands/volume-create.js")),
  reads(
    "hidden",
    ["volume inspect"],
    "Display detailed information on one or more volumes",
    () => import("./commands/volume-inspect.js")
  ),
  reads("hidden", ["volume ls", "volume list"], "List volumes", () => import("./commands/volume-ls.js")),
  writes(
    "hidden",
    ["volume rm", "volume remove"],
    "Remove one or more volumes",
    () => import("./commands/volume-rm.js")
  ),
  writes(
    "hidden",
    ["volume prune"],
    "Remove unused local volumes",
    () => import("./commands/volume-prune.js")
  ),
  writes(
    "hidden",
    ["cache prune", "builder prune"],
    "Remove build cache",
    () => import("./commands/cache-prune.js")
  ),
  reads(
    "hidden",
    ["cache ls", "cache list"],
    "List what the build cache keeps",
    () => import("./commands/cache-ls.js")
  ),
  reads(
    "hidden",
    ["cache inspect"],
    "Display detailed information on one or more parts of the build cache",
    () => import("./commands/cache-inspect.js")
  ),
  writes(
    "hidden",
    ["cache export"],
    "Write the build cache to a registry or a directory",
    () => import("./commands/cache-export.js")
  ),
  writes(
    "hidden",
    ["cache import"],
    "Let every build look into a cache at a registry or in a directory",
    () => import("./commands/cache-import.js")
  ),
  reads("hidden", ["network create"], "Create a network", () => import("./commands/network-create.js")),
  reads(
    "hidden",
    ["network connect"],
    "Connect a container to a network",
    () => import("./commands/network-connect.js")
  ),
  reads(
    "hidden",
    ["network disconnect"],
    "Disconnect a container from a network",
    () => import("./commands/network-disconnect.js")
  ),
  reads(
    "hidden",
    ["network inspect"],
    "Display detailed information on one or more networks",
    () => import("./commands/network-inspect.js")
  ),
  reads("hidden", ["network ls", "network list"], "List networks", () => import("./commands/network-ls.js")),
  reads(
    "hidden",
    ["network prune"],
    "Remove all unused networks",
    () => import("./commands/network-prune.js")
  ),
  reads(
    "hidden",
    ["network rm", "network remove"],
    "Remove one or more networks",
    () => import("./commands/network-rm.js")
  ),
  reads(
    "other",
    ["completion"],
    "Print the completion script for bash, zsh or fish",
    () => import("./commands/completion.js")
  )
]
