import * as Effect from "effect/Effect"
import * as Cgroup from "../core/container/Cgroup.js"
import { compile } from "../core/program/Compile.js"
import * as ContainerState from "../core/store/ContainerState.js"
import * as LayoutPaths from "../core/store/LayoutPaths.js"
import { StoreRoot } from "../edge/store/StoreRoot.js"
import { type CreateRequest, draft } from "./Create.js"
import { planSpec } from "./PrepareSpec.js"

/**
 * What `run` would do with this request: the container's specification and the syscall program that would start it, with the
 * id that was drawn for it. Makes nothing and changes nothing. Whatever depends on the moment of a start (whether groups may
 * be set, the file that tells of out-of-memory kills) is shown as it is for root on an ordinary machine.
 */
export const planRun = <E, R>(request: CreateRequest<E, R>) =>
  Effect.gen(function* () {
    const { record } = yield* draft(request)
    const { paths } = yield* StoreRoot
    const spec = yield* planSpec(
      {
        record: { ...record, name: request.name ?? "" },
        state: ContainerState.created,
        paths: LayoutPaths.container(paths, record.id)
      },
      undefined
    )
    const program = compile(spec, {
      lifetime: { _tag: "Detached" },
      gate: spec.namespaces.user._tag === "New" ? "wait" : "none",
      cgroupProcs: Cgroup.plan(spec.cgroup).processFiles,
      setgroups: "allowed",
      oomEvents: undefined
    })
    return { spec, program }
  })
