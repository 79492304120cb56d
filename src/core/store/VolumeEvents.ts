import type { Fact } from "./Event.js"

/** Something that was done to a volume. */
export const of = (action: string, name: string, more: Readonly<Record<string, string>> = {}): Fact => ({
  type: "volume",
  action,
  id: name,
  attributes: { driver: "local", ...more }
})

/** A volume as a container has it, by where it is shown. */
interface Shown {
  readonly name: string
  readonly target: string
  readonly isReadonly: boolean
}

/** The volumes of a container that starts. */
export const mounted = (container: string, volumes: ReadonlyArray<Shown>): ReadonlyArray<Fact> =>
  volumes.map(({ name, target, isReadonly }) =>
    of("mount", name, {
      container,
      destination: target,
      propagation: "",
      "read/write": String(!isReadonly)
    })
  )

/** The volumes of a container that has ended. */
export const unmounted = (container: string, names: ReadonlyArray<string>): ReadonlyArray<Fact> =>
  names.map((name) => of("unmount", name, { container }))
