import { duration, goTime } from "../core/display/Age.js"
import { ellipsis, shortId } from "../core/display/Ellipsis.js"
import { type Listing, labelFields, labelTitles, type Row } from "../core/display/Listing.js"
import { decimalSize } from "../core/display/Size.js"
import { statusText } from "../core/display/Status.js"
import type { Listed } from "../engine/Ps.js"

/** How `ps` lists, with or without the column of sizes. */
export const listing = (size: boolean): Listing => ({
  columns: `{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}${size ? "\t{{.Size}}" : ""}`,
  titles: {
    Command: "COMMAND",
    CreatedAt: "CREATED AT",
    ID: "CONTAINER ID",
    Image: "IMAGE",
    ...labelTitles,
    LocalVolumes: "LOCAL VOLUMES",
    Mounts: "MOUNTS",
    Names: "NAMES",
    Networks: "NETWORKS",
    Platform: "PLATFORM",
    Ports: "PORTS",
    RunningFor: "CREATED",
    Size: "SIZE",
    State: "STATE",
    Status: "STATUS"
  },
  raw: `container_id: {{.ID}}
image: {{.Image}}
command: {{.Command}}
created_at: {{.CreatedAt}}
state:{{pad .State 1 0}}
status:{{pad .Status 1 0}}
names: {{.Names}}
labels:{{pad .Labels 1 0}}
ports:{{pad .Ports 1 0}}
${size ? "size:{{pad .Size 1 0}}\n" : ""}`,
  type: "*formatter.ContainerContext"
})

export interface Shown {
  /** Whole ids and commands. */
  readonly whole: boolean
  readonly now_ms: number
}

const mountWidth = 15
const commandWidth = 20

/** Docker shows the image's id where the image was named by a part of it. */
const imageName = (image: string, imageId: string, whole: boolean): string => {
  const hex = imageId.slice(imageId.indexOf(":") + 1)
  const given = image.startsWith("sha256:") ? image.slice("sha256:".length) : image
  const isId = given.length >= 4 && /^[0-9a-f]+$/.test(given) && hex.startsWith(given)
  return isId && !whole ? shortId(given) : image
}

/** Docker marks arguments with spaces, so that one sees where they end. */
const quoted = (word: string): string => (word.includes(" ") ? `'${word}'` : word)

/** The rows of `ps`. */
export const rows = (containers: ReadonlyArray<Listed>, { whole, now_ms }: Shown): ReadonlyArray<Row> =>
  containers.map(({ mounts, networks, platform, ports, record, size, state }) => {
    const command = [record.path, ...record.args.map(quoted)].join(" ")
    const created_ms = Date.parse(record.created)
    return {
      Command: JSON.stringify(whole ? command : ellipsis(command, commandWidth)),
      CreatedAt: goTime(created_ms),
      ID: whole ? record.id : shortId(record.id),
      Image: imageName(record.image, record.imageId, whole),
      ...labelFields(record.config.Labels ?? {}),
      LocalVolumes: String(mounts.filter((name) => !name.startsWith("/")).length),
      Mounts: mounts.map((name) => (whole ? name : ellipsis(name, mountWidth))).join(","),
      Names: record.name,
      Networks: networks.map(({ name }) => name).join(","),
      Platform: platform ?? "",
      Ports: ports,
      RunningFor: `${duration(Math.max(0, now_ms - created_ms))} ago`,
      Size: size === undefined ? "0B" : `${decimalSize(size.written)} (virtual ${decimalSize(size.virtual)})`,
      State: state.status,
      Status: statusText(
        {
          status: state.status,
          exitCode: state.exitCode,
          started_ms: Date.parse(state.startedAt ?? ""),
          finished_ms: Date.parse(state.finishedAt ?? ""),
          health: state.health
        },
        now_ms
      )
    }
  })
