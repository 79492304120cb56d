/**
 * Why a part of a container is as it is: which flag, image setting, engine policy or property of the host asked for
 * it. `detail` is shown to people (`run --plan`), e.g. `--cap-add NET_ADMIN` or `USER of the image`.
 */
export interface Reason {
  readonly source: "flag" | "image" | "policy" | "host"
  readonly detail: string
}

/** Asked for by a command line flag; `detail` is the flag as it was written. */
export const flag = (detail: string): Reason => ({ source: "flag", detail })

/** Asked for by the image's configuration; `detail` names the setting. */
export const image = (detail: string): Reason => ({ source: "image", detail })

/** The engine's default; `detail` says what it protects or provides. */
export const policy = (detail: string): Reason => ({ source: "policy", detail })

/** Forced by what this host can do. */
export const host = (detail: string): Reason => ({ source: "host", detail })

/** One line for people: `flag --read-only`, `policy: hides kernel memory`. */
export const show = (reason: Reason): string =>
  reason.source === "flag" ? `flag ${reason.detail}` : `${reason.source}: ${reason.detail}`
