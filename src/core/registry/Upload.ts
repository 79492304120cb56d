import * as Data from "effect/Data"
import type * as Digest from "../oci/Digest.js"
import * as RegistryRequest from "./RegistryRequest.js"

/**
 * The dialogue that brings one blob into a repository: look for it, mount it, or upload it; go on where a broken upload broke.
 * A value of {@link Upload} is the whole state; {@link next} says what to ask, {@link answer} and {@link broken} what
 * follows. Source: distribution-spec 1.1, "Pushing Blobs".
 */
export interface Upload {
  readonly plan: UploadPlan
  readonly step: UploadStep
  /** Failures since the registry last took bytes. */
  readonly failures: number
  /** Bytes of one PATCH; undefined sends all that is left in one. */
  readonly chunk: number | undefined
}

export interface UploadPlan {
  readonly path: string
  readonly digest: Digest.Digest
  readonly size: number
  readonly mountFrom: ReadonlyArray<string>
}

export type UploadStep = Data.TaggedEnum<{
  /** Is it there already? */
  Look: {}
  /** May it be shared from another repository of the registry? */
  Mount: { readonly from: string; readonly rest: ReadonlyArray<string> }
  Start: {}
  Send: { readonly location: string; readonly offset: number }
  /** How much did the registry get? */
  Ask: { readonly location: string }
  /** Ends the session with the bytes from `offset` on. */
  Finish: { readonly location: string; readonly offset: number }
  /** The end got no answer: is the blob there? */
  Confirm: { readonly location: string }
  Done: { readonly how: Outcome }
  Failed: { readonly failure: UploadFailure }
}>
export const Step = Data.taggedEnum<UploadStep>()

export type Outcome = Data.TaggedEnum<{
  Present: {}
  Mounted: { readonly from: string }
  Uploaded: {}
}>
export const Outcome = Data.taggedEnum<Outcome>()

export type UploadFailure =
  | { readonly _tag: "Status"; readonly status: number }
  | { readonly _tag: "Broken" }
  | { readonly _tag: "Protocol"; readonly message: string }

/** What the registry said. `location` is absolute; `range` is the `Range` header's last byte plus one. */
export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly received: number | undefined
  readonly chunkMin: number | undefined
}

/** A blob of at most this many bytes goes in the request that ends the session: one round trip less. */
export const monolithicMax = 64 * 1024

/** Failures in a row after which an upload is given up. */
export const failuresMax = 5

/** An exchange that brings the registry this many bytes forgives the failures before it. */
const worthwhile = 64 * 1024

/** What a registry is sent piece by piece after it refused a large body. */
export const chunkSize = 8 * 1024 * 1024

export const make = (plan: UploadPlan): Upload => ({ plan, step: Step.Look(), failures: 0, chunk: undefined })

/** What the interpreter sends next: a request, with the bytes from `from` to `to` (exclusive) of the blob as body. */
export interface Exchange {
  readonly request: RegistryRequest.RegistryRequest
  readonly from: number
  readonly to: number
}

const without = (request: RegistryRequest.RegistryRequest): Exchange => ({ request, from: 0, to: 0 })

/** The next request; undefined when the dialogue is over. */
export const next = ({ chunk, plan, step }: Upload): Exchange | undefined => {
  const { digest, path, size } = plan
  switch (step._tag) {
    case "Look":
    case "Confirm":
      return without(RegistryRequest.headBlob(path, digest))
    case "Mount":
      return without(RegistryRequest.mountBlob(path, digest, step.from))
    case "Start":
      return without(RegistryRequest.startUpload(path))
    case "Ask":
      return without(RegistryRequest.uploadStatus(path, step.location))
    case "Send": {
      const to = chunk === undefined ? size : Math.min(size, step.offset + chunk)
      const length = to - step.offset
      const isWhole = step.offset === 0 && to === size
      const request = isWhole
        ? RegistryRequest.patchUpload(path, step.location, length)
        : RegistryRequest.patchChunk(path, step.location, step.offset, length)
      return { request, from: step.offset, to }
    }
    case "Finish": {
      const request = RegistryRequest.finishUpload(path, step.location, digest, size - step.offset)
      return { request, from: step.offset, to: size }
    }
    case "Done":
    case "Failed":
      return undefined
  }
}

const at = (upload: Upload, step: UploadStep): Upload => ({ ...upload, step })
const failed = (upload: Upload, failure: UploadFailure): Upload => at(upload, Step.Failed({ failure }))
const protocol = (upload: Upload, message: string): Upload => failed(upload, { _tag: "Protocol", message })

/** The same dialogue one failure on, at `step`; over when there were too many. */
const again = (upload: Upload, step: UploadStep, failure: UploadFailure): Upload =>
  upload.failures + 1 >= failuresMax
    ? failed(upload, failure)
    : { ...upload, step, failures: upload.failures + 1 }

const tryMount = (upload: Upload, candidates: ReadonlyArray<string>): Upload => {
  const [from, ...rest] = candidates
  return at(upload, from === undefined ? Step.Start() : Step.Mount({ from, rest }))
}

const session = (upload: Upload, { chunkMin, location }: Answer): Upload => {
  if (location === undefined) return protocol(upload, "the answer to the start of an upload has no Location")
  const chunk = upload.chunk === undefined ? undefined : Math.max(upload.chunk, chunkMin ?? 0)
  const step =
    upload.plan.size <= monolithicMax && chunk === undefined
      ? Step.Finish({ location, offset: 0 })
      : Step.Send({ location, offset: 0 })
  return { ...upload, step, chunk }
}

/** After bytes went out: the registry says how far it got. */
const taken = (upload: Upload, answer: Answer, location: string, offset: number, sentTo: number): Upload => {
  const received = answer.received ?? sentTo
  const { size } = upload.plan
  if (received > sentTo || received > size) {
    return protocol(upload, `the registry claims ${received} bytes of an upload that was sent ${sentTo}`)
  }
  const step =
    received === size ? Step.Finish({ location, offset: size }) : Step.Send({ location, offset: received })
  if (received === size) return at(upload, step)
  return received - offset >= worthwhile
    ? { ...upload, step, failures: 0 }
    : again(upload, step, { _tag: "Broken" })
}

const onLook = (upload: Upload, { status }: Answer): Upload =>
  status === 200
    ? at(upload, Step.Done({ how: Outcome.Present() }))
    : status === 404
      ? tryMount(upload, upload.plan.mountFrom)
      : failed(upload, { _tag: "Status", status })

const onSend = (upload: Upload, step: Data.TaggedEnum.Value<UploadStep, "Send">, answer: Answer): Upload => {
  const { status } = answer
  const location = answer.location ?? step.location
  const sentTo = next(upload)?.to ?? step.offset
  if (status === 202 || status === 201 || status === 204) {
    return taken(upload, answer, location, step.offset, sentTo)
  }
  if (status === 413) {
    const chunk = upload.chunk === undefined ? chunkSize : Math.floor(upload.chunk / 2)
    return again({ ...upload, chunk }, Step.Ask({ location: step.location }), { _tag: "Status", status })
  }
  if (status === 416) return again(upload, Step.Ask({ location }), { _tag: "Status", status })
  if (status === 404) return again(upload, Step.Start(), { _tag: "Status", status })
  return failed(upload, { _tag: "Status", status })
}

const onFinish = (
  upload: Upload,
  step: Data.TaggedEnum.Value<UploadStep, "Finish">,
  { status }: Answer
): Upload => {
  if (status === 201 || status === 204) return at(upload, Step.Done({ how: Outcome.Uploaded() }))
  if (status === 413 && step.offset === 0) {
    return again({ ...upload, chunk: chunkSize }, Step.Start(), { _tag: "Status", status })
  }
  // The session is gone, or its bytes are not ours: begin again, with all of them.
  if (status === 404 || status === 400 || status === 416) {
    return again(upload, Step.Start(), { _tag: "Status", status })
  }
  return failed(upload, { _tag: "Status", status })
}

/** The state after an answer. Challenges and redirects are answered below and never come here. */
export const answer = (upload: Upload, answer: Answer): Upload => {
  const { plan, step } = upload
  const { status } = answer
  switch (step._tag) {
    case "Look":
      return onLook(upload, answer)
    case "Mount":
      if (status === 201) return at(upload, Step.Done({ how: Outcome.Mounted({ from: step.from }) }))
      // Not shared, but the registry opened an upload in its place.
      if (status === 202) return step.rest.length > 0 ? tryMount(upload, step.rest) : session(upload, answer)
      return tryMount(upload, step.rest)
    case "Start":
      if (status === 202) return session(upload, answer)
      return status === 201
        ? at(upload, Step.Done({ how: Outcome.Uploaded() }))
        : failed(upload, { _tag: "Status", status })
    case "Send":
      return onSend(upload, step, answer)
    case "Ask":
      if (status === 204 || status === 202 || status === 200) {
        const offset = answer.received ?? 0
        const location = answer.location ?? step.location
        return offset > plan.size
          ? protocol(upload, `the registry claims ${offset} bytes of a blob of ${plan.size}`)
          : at(
              upload,
              offset === plan.size ? Step.Finish({ location, offset }) : Step.Send({ location, offset })
            )
      }
      return again(upload, Step.Start(), { _tag: "Status", status })
    case "Finish":
      return onFinish(upload, step, answer)
    case "Confirm":
      if (status === 200) return at(upload, Step.Done({ how: Outcome.Uploaded() }))
      return at(upload, Step.Ask({ location: step.location }))
    case "Done":
    case "Failed":
      return upload
  }
}

/** The state after the connection broke, or the registry was busy (`failure` says which), instead of an answer. */
export const broken = (upload: Upload, failure: UploadFailure): Upload => {
  const { step } = upload
  switch (step._tag) {
    case "Send":
      return again(upload, Step.Ask({ location: step.location }), failure)
    case "Finish":
      return again(upload, Step.Confirm({ location: step.location }), failure)
    case "Done":
    case "Failed":
      return upload
    default:
      return again(upload, step, failure)
  }
}

/** Bytes that the registry has, according to `Range: 0-1023`; `0-0` is what distribution says of none. */
export const received = (range: string): number | undefined => {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range.trim())?.[1]
  if (last === undefined) return undefined
  return last === "0" ? 0 : Number(last) + 1
}
