import * as Either from "effect/Either"
import * as ReadOptions from "../../core/container/ReadOptions.js"
import type { Sandbox } from "../../core/plan/Operation.js"
import { type BuildFailure, failure } from "../../engine/build/BuildRequest.js"
import type { BuildValues } from "./BuildFlags.js"

type Given = Pick<BuildValues, "addHost" | "cgroupParent" | "shmSize" | "ulimit">

/** What RUN steps are given, checked before anything is built: they mean what they mean for `run`. */
export const read = ({
  addHost,
  cgroupParent,
  shmSize,
  ulimit
}: Given): Either.Either<Sandbox, BuildFailure> => {
  // buildx writes `name=ip` too.
  const hosts = addHost.map((text) => text.replace(/^([^:=]+)=/, "$1:"))
  const flags = {
    "add-host": hosts,
    ulimit,
    "shm-size": shmSize === undefined ? [] : [shmSize],
    "cgroup-parent": cgroupParent === undefined ? [] : [cgroupParent]
  }
  const caller = { environment: {}, workingDirectory: "/", files: {} }
  return Either.mapBoth(ReadOptions.read(flags, [], caller), {
    onLeft: (error) => failure(error.message, error),
    onRight: () => ({ hosts, ulimits: ulimit, shmSize, cgroupParent })
  })
}
