import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import * as Digests from "../../../src/core/oci/Digest.js"
import type { ImageRecord } from "../../../src/core/store/ImageRecord.js"
import * as Removal from "../../../src/core/store/Removal.js"

const digest = (text: string): Digests.Digest => Digests.ofBytes(text)
const descriptor = (text: string) => ({ mediaType: "", digest: digest(text), size: 1 })

const image = (
  id: string,
  layers: ReadonlyArray<string>,
  names: ReadonlyArray<string>,
  more: Partial<ImageRecord> = {}
): Removal.NamedImage => ({
  names,
  record: {
    id: digest(id),
    manifest: descriptor(`m${id}`),
    config: descriptor(id),
    layers: layers.map((layer) => ({ diffId: digest(layer), blob: descriptor(layer), sizeBytes: 1 })),
    architecture: "amd64",
    os: "linux",
    labels: {},
    repoDigests: [],
    ...more
  }
})

const name = "docker.io/library/bb:1"
const plan = (
  images: ReadonlyArray<Removal.NamedImage>,
  more: Partial<Removal.Removal> = {}
): Either.Either<Removal.RemovalPlan, string> =>
  Removal.plan({
    images,
    containers: [],
    target: digest("a"),
    name,
    asked: "bb:1",
    force: false,
    prune: true,
    ...more
  })

const lines = (result: Either.Either<Removal.RemovalPlan, string>) =>
  Either.map(result, ({ removed }) =>
    removed.map((line) => (line._tag === "Untagged" ? line.reference : line.id))
  )

const stopped = { id: "c".repeat(64), imageId: digest("a"), isRunning: false }

describe("removing by name", () => {
  it("takes away only the name while the image has others", () => {
    expect(lines(plan([image("a", ["l"], [name, "docker.io/library/cc:1"])]))).toEqual(Either.right([name]))
  })

  it("deletes the image with its last name, and the layers that nothing else has, top first", () => {
    const images = [image("a", ["base", "mine"], [name]), image("b", ["base"], ["docker.io/library/base:1"])]
    const chain = Digests.ofBytes(`${digest("base")} ${digest("mine")}`)
    expect(lines(plan(images))).toEqual(Either.right([name, digest("a"), chain]))
  })

  it("takes repository digests away with the last tag of their repository", () => {
    const repoDigests = [`docker.io/library/bb@${digest("x")}`]
    expect(lines(plan([image("a", [], [name], { repoDigests })]))).toEqual(
      Either.right([name, ...repoDigests, digest("a")])
    )
  })

  it("deletes parents without a name, another child or a container", () => {
    const images = [
      image("a", [], [name], { parent: digest("p") }),
      image("p", [], [], { parent: digest("q") }),
      image("q", [], ["docker.io/library/q:1"])
    ]
    expect(lines(plan(images))).toEqual(Either.right([name, digest("a"), digest("p")]))
    expect(lines(plan(images, { prune: false }))).toEqual(Either.right([name, digest("a")]))
    expect(lines(plan([...images, image("r", [], [], { parent: digest("p") })]))).toEqual(
      Either.right([name, digest("a")])
    )
  })

  it("of an image with a container must be forced, and then leaves it dangling", () => {
    const images = [image("a", [], [name])]
    expect(plan(images, { containers: [stopped] })).toEqual(
      Either.left(
        `conflict: unable to remove repository reference "bb:1" (must force) - container cccccccccccc is using its referenced image ${Digests.short(digest("a"))}`
      )
    )
    const running = { ...stopped, isRunning: true }
    expect(lines(plan(images, { containers: [running], force: true }))).toEqual(Either.right([name]))
  })

  it("of an image with children leaves it as their parent", () => {
    const images = [image("a", [], [name]), image("b", [], [], { parent: digest("a") })]
    expect(lines(plan(images))).toEqual(Either.right([name]))
  })
})

describe("removing by id", () => {
  const by = { name: undefined, asked: "aaa" }
  const short = Digests.short(digest("a"))

  it("takes all names away where they are of one repository", () => {
    expect(lines(plan([image("a", [], [name])], by))).toEqual(Either.right([name, digest("a")]))
  })

  it("of an image with several names must be forced", () => {
    const images = [image("a", [], [name, "docker.io/library/cc:1"])]
    expect(plan(images, by)).toEqual(
      Either.left(
        `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`
      )
    )
    expect(Either.isRight(plan(images, { ...by, force: true }))).toBe(true)
  })

  it("of an image with children or a running container cannot be forced", () => {
    const child = image("b", [], [], { parent: digest("a") })
    expect(plan([image("a", [], [name]), child], { ...by, force: true })).toEqual(
      Either.left(`conflict: unable to delete ${short} (cannot be forced) - image has dependent child images`)
    )
    const containers = [{ ...stopped, isRunning: true }]
    expect(plan([image("a", [], [name])], { ...by, containers, force: true })).toEqual(
      Either.left(
        `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container cccccccccccc`
      )
    )
  })

  it("of an image with a stopped container must be forced", () => {
    expect(plan([image("a", [], [name])], { ...by, containers: [stopped] })).toEqual(
      Either.left(
        `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container cccccccccccc`
      )
    )
  })
})
