import { expect, it } from "@effect/vitest"
import type { Change } from "../../../src/core/layer/Changeset.js"
import * as MountPoints from "../../../src/core/layer/MountPoints.js"

const added = (path: string): Change => ({ kind: "added", path })
const changed = (path: string): Change => ({ kind: "changed", path })

it("mount points are nobody's change, nor are the directories that changed by them alone", () => {
  const changes = [changed("/etc"), added("/etc/hosts"), added("/file"), added("/proc")]
  expect(MountPoints.without(changes)).toEqual([added("/file")])
  expect(MountPoints.among(changes)).toEqual(new Set(["/etc", "/etc/hosts", "/proc"]))
})

it("a directory with a change of its own stays", () => {
  const changes = [changed("/etc"), added("/etc/hosts"), added("/etc/mine")]
  expect(MountPoints.among(changes)).toEqual(new Set(["/etc/hosts"]))
})

it("an image's own file at such a path is a change like any other", () => {
  expect(MountPoints.among([changed("/etc"), changed("/etc/hosts")])).toEqual(new Set())
})
