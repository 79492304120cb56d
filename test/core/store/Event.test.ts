import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as ContainerEvents from "../../../src/core/store/ContainerEvents.js"
import { type ContainerState, created } from "../../../src/core/store/ContainerState.js"
import * as Event from "../../../src/core/store/Event.js"
import { record } from "../../support/store/Containers.js"

const event: FastCheck.Arbitrary<Event.Event> = FastCheck.record({
  type: FastCheck.constantFrom(...Event.types),
  action: FastCheck.string({ minLength: 1 }),
  id: FastCheck.string(),
  attributes: FastCheck.dictionary(
    FastCheck.string().filter((key) => key !== "__proto__"),
    FastCheck.string({ unit: "binary" })
  ),
  timeNano: FastCheck.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(
    (n) => `1${String(n).padStart(18, "0")}`
  )
})

const die: Event.Event = {
  type: "container",
  action: "die",
  id: "fbb0",
  attributes: { name: "s2", image: "bb:1", exitCode: "137" },
  timeNano: "1795509032664412938"
}

describe("an event", () => {
  it.prop("reads back what it writes, on one line", [event], ([one]) => {
    const line = Event.toJson(one)
    expect(line).not.toContain("\n")
    expect(Event.ofJson(line)).toEqual(one)
    expect(Event.ofJson(line.slice(0, -1))).toBeUndefined()
  })

  it("looks as Docker's", () => {
    expect(Event.toJson(die)).toBe(
      '{"status":"die","id":"fbb0","from":"bb:1","Type":"container","Action":"die","Actor":{"ID":"fbb0","Attributes":{"exitCode":"137","image":"bb:1","name":"s2"}},"scope":"local","time":1795509032,"timeNano":1795509032664412938}'
    )
    expect(Event.toText(die, 0)).toBe(
      "2026-11-24T08:30:32.664412938Z container die fbb0 (exitCode=137, image=bb:1, name=s2)"
    )
    expect(Event.toText({ ...die, attributes: {} }, -90)).toBe(
      "2026-11-24T10:00:32.664412938+01:30 container die fbb0"
    )
  })

  it("is filtered: alternatives within a name, all names together", () => {
    const fits = (...pairs: ReadonlyArray<readonly [string, string]>) =>
      Either.getOrThrow(Event.filter(pairs))(die)
    expect(fits(["event", "start"], ["event", "die"], ["container", "s2"])).toBe(true)
    expect(fits(["event", "start"], ["container", "s2"])).toBe(false)
    expect(fits(["image", "bb"], ["type", "container"], ["label", "exitCode=137"])).toBe(true)
    expect(fits(["label", "exitCode=137"], ["label", "nope"])).toBe(false)
    expect(
      Either.getOrThrow(Event.filter([["event", "exec_create"]]))({ ...die, action: "exec_create: sh" })
    ).toBe(true)
    expect(Either.isLeft(Event.filter([["nosuch", "1"]]))).toBe(true)
  })
})

describe("what happened to a container", () => {
  const container = { ...record(Digests.ofBytes("i"), undefined), config: { Labels: { a: "b" } } }
  const process = { bootId: "b", pid: 1, startTicks: "7" }
  const running: ContainerState = {
    ...created,
    status: "running",
    process,
    startedAt: "2024-01-01T00:00:01Z"
  }
  const actions = (before: ContainerState, after: ContainerState) =>
    ContainerEvents.between(container, before, after).map(({ action }) => action)

  it("is told by its states", () => {
    const exited: ContainerState = {
      ...created,
      status: "exited",
      exitCode: 3,
      oomKilled: true,
      startedAt: "2024-01-01T00:00:01Z",
      finishedAt: "2024-01-01T00:00:04.5Z"
    }
    expect(actions(created, running)).toEqual(["start"])
    expect(actions(running, { ...running, status: "paused" })).toEqual(["pause"])
    expect(actions({ ...running, status: "paused" }, running)).toEqual(["unpause"])
    expect(actions(running, { ...running, health: "starting" })).toEqual([])
    expect(actions(running, { ...running, health: "healthy" })).toEqual(["health_status: healthy"])
    expect(actions(exited, { ...exited, stopped: true })).toEqual([])
    expect(actions(running, { ...exited, status: "restarting" })).toEqual(["oom", "die"])
    expect(ContainerEvents.between(container, running, exited).at(-1)?.attributes).toEqual({
      a: "b",
      image: "x:1",
      name: "c1",
      exitCode: "3",
      execDuration: "3"
    })
  })
})
