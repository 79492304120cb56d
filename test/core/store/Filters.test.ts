import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import * as NetworkFilter from "../../../src/core/network/NetworkFilter.js"
import type { NetworkRecord } from "../../../src/core/network/NetworkRecord.js"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as ContainerFilter from "../../../src/core/store/ContainerFilter.js"
import * as ContainerState from "../../../src/core/store/ContainerState.js"
import * as VolumeFilter from "../../../src/core/store/VolumeFilter.js"
import { record } from "../../support/store/Containers.js"

type Pairs = ReadonlyArray<readonly [string, string]>

const imageOf = (name: string) => Digests.ofBytes(name)

const candidate = (
  name: string,
  created: string,
  more: Partial<ContainerFilter.Candidate> = {},
  labels: Readonly<Record<string, string>> = {}
): ContainerFilter.Candidate => ({
  record: record(imageOf(name), undefined, { name, created, config: { Labels: labels } }),
  state: ContainerState.created,
  volumes: [],
  networks: [],
  published: [],
  exposed: [],
  ...more
})

const state = (more: Partial<ContainerState.ContainerState>) => ({
  ...ContainerState.created,
  startedAt: "2024",
  ...more
})

const all = [
  candidate("made", "1", {}, { a: "1" }),
  candidate("done", "2", { state: state({ status: "exited", exitCode: 3 }) }),
  candidate(
    "web",
    "3",
    {
      state: state({ status: "running", health: "healthy" }),
      volumes: ["vol1", "/data"],
      networks: [{ id: "c0ffee", name: "front" }],
      published: ["8080/tcp"],
      exposed: ["80/tcp", "53/udp"]
    },
    { a: "2", b: "x=y" }
  )
]

const named: ContainerFilter.Named = {
  ids: all.map((one) => one.record.id),
  images: new Set([imageOf("web"), imageOf("done")]),
  created: new Map(all.map((one) => [one.record.name, one.record.created]))
}

const fitting = (filters: Pairs) =>
  Either.match(ContainerFilter.parse(filters), {
    onLeft: ({ message }) => message,
    onRight: (filter) =>
      all
        .filter((one) => ContainerFilter.fits(filter, one, named))
        .map((one) => one.record.name)
        .join(" ")
  })

describe("filters of ps", () => {
  it.each<[Pairs, string]>([
    [[], "made done web"],
    [[["name", "d"]], "made done"],
    [[["name", "^/d"]], "done"],
    [
      [
        ["name", "^web$"],
        ["name", "made"]
      ],
      "made web"
    ],
    [[["name", "("]], ""],
    [[["id", all[1]?.record.id.slice(0, 9) ?? ""]], "done"],
    [[["id", ""]], ""],
    [[["label", "a"]], "made web"],
    [
      [
        ["label", "a"],
        ["label", "b=x=y"]
      ],
      "web"
    ],
    [
      [
        ["label", "a=1"],
        ["label", "b"]
      ],
      ""
    ],
    [
      [
        ["status", "exited"],
        ["status", "created"]
      ],
      "made done"
    ],
    [[["exited", "3"]], "done"],
    [[["exited", "0"]], ""],
    [[["exited", "-1"]], ""],
    [[["health", "none"]], "made done"],
    [[["health", "healthy"]], "web"],
    [[["before", "web"]], "made done"],
    [[["since", "made"]], "done web"],
    [
      [
        ["since", "made"],
        ["before", "web"]
      ],
      "done"
    ],
    [[["ancestor", "any"]], "done web"],
    [[["volume", "vol1"]], "web"],
    [[["volume", "/data"]], "web"],
    [[["volume", "vol"]], ""],
    [[["network", "front"]], "web"],
    [[["network", "c0f"]], "web"],
    [[["network", "fro"]], ""],
    [[["publish", "8080"]], "web"],
    [[["publish", "8000-9000/tcp"]], "web"],
    [[["publish", "80"]], ""],
    [[["expose", "80/tcp"]], "web"],
    [[["expose", "50-60/udp"]], "web"],
    [[["expose", "8080"]], ""],
    [[["is-task", "false"]], "made done web"],
    [[["is-task", "true"]], ""],
    [[["isolation", "default"]], "made done web"],
    [[["nope", "1"]], "invalid filter 'nope'"],
    [[["status", "up"]], "invalid filter 'status=up'"],
    [[["exited", "x"]], 'strconv.Atoi: parsing "x": invalid syntax'],
    [[["health", "fine"]], "unrecognized filter value for health: fine"],
    [[["is-task", "maybe"]], "invalid filter 'is-task=[maybe]'"],
    [
      [["publish", "x"]],
      'error while looking up for publish x: strconv.ParseUint: parsing "x": invalid syntax'
    ],
    [
      [["expose", "70000"]],
      'error while looking up for expose 70000: strconv.ParseUint: parsing "70000": value out of range'
    ]
  ])("%j: %s", (filters, expected) => expect(fitting(filters)).toBe(expected))
})

describe("filters of volume ls", () => {
  const volume = (name: string, labels = {}) => ({ name, created: "", labels, options: {}, anonymous: false })
  const volumes = [
    { record: volume("data", { tier: "1" }), isUsed: true },
    { record: volume("cache"), isUsed: false }
  ]
  it.each<[Pairs, string]>([
    [[["dangling", "true"]], "cache"],
    [[["dangling", "0"]], "data"],
    [[["name", "^d"]], "data"],
    [[["driver", "nfs"]], ""],
    [
      [
        ["driver", "nfs"],
        ["driver", "local"]
      ],
      "data cache"
    ],
    [[["label", "tier=1"]], "data"],
    [
      [
        ["label", "tier"],
        ["label", "other"]
      ],
      ""
    ],
    [[["dangling", "maybe"]], "invalid filter 'dangling=[maybe]'"],
    [[["size", "1"]], "invalid filter 'size'"]
  ])("%j: %s", (filters, expected) => {
    const found = Either.match(VolumeFilter.parse(filters), {
      onLeft: ({ message }) => message,
      onRight: (filter) =>
        volumes
          .filter(({ record, isUsed }) => VolumeFilter.fits(filter, record, isUsed))
          .map((one) => one.record.name)
          .join(" ")
    })
    expect(found).toBe(expected)
  })
})

describe("filters of network ls", () => {
  const network = (name: string): NetworkRecord => ({
    id: Digests.hex(Digests.ofBytes(name)),
    name,
    driver: "bridge",
    created: "",
    bridge: "b",
    pools: [],
    automatic: true,
    labels: {},
    options: {},
    internal: false,
    ipv6: false,
    attachable: false
  })
  it.each([
    ["name", "^front$", true],
    ["name", "ron", true],
    ["name", "^ron", false],
    ["id", network("front").id.slice(3, 12), true],
    ["dangling", "1", true],
    ["dangling", "false", false],
    ["type", "builtin", false]
  ])("%s=%s: %s", (name, value, expected) => {
    const filters = Either.getOrThrow(NetworkFilter.check([[name, value]]))
    expect(NetworkFilter.fits(filters, { record: network("front"), inUse: false })).toBe(expected)
  })
})
