import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { toText } from "../../../src/core/container/RuntimeJson.js"
import * as RuntimeSpec from "../../../src/core/container/RuntimeSpec.js"
import * as SpecArbitrary from "../../support/SpecArbitrary.js"

/** The members and values that runtime-spec's schema (config-schema.json, config-linux.json) allows, of those used. */
const strings = Schema.Array(Schema.String)
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(schema)
const uint32 = Schema.Int.pipe(Schema.between(0, 2 ** 32 - 1))
const absolute = Schema.String.pipe(Schema.pattern(/^\//))
const capabilities = Schema.Array(Schema.String.pipe(Schema.pattern(/^CAP_[A-Z_]+$/)))
const idMapping = Schema.Struct({ containerID: uint32, hostID: uint32, size: uint32 })
const errno = optional(uint32)
const action = Schema.String.pipe(
  Schema.pattern(/^SCMP_ACT_(?:KILL|KILL_PROCESS|KILL_THREAD|TRAP|ERRNO|TRACE|ALLOW|LOG|NOTIFY)$/)
)

const Linux = Schema.Struct({
  namespaces: Schema.Array(
    Schema.Struct({
      type: Schema.Literal("mount", "pid", "network", "uts", "ipc", "user", "cgroup", "time"),
      path: optional(absolute)
    })
  ),
  uidMappings: optional(Schema.Array(idMapping)),
  gidMappings: optional(Schema.Array(idMapping)),
  devices: Schema.Array(
    Schema.Struct({
      type: Schema.Literal("c", "b", "u", "p"),
      path: absolute,
      major: Schema.Int,
      minor: Schema.Int,
      fileMode: Schema.Int.pipe(Schema.between(0, 0o777)),
      uid: uint32,
      gid: uint32
    })
  ),
  sysctl: Schema.Record({ key: Schema.String, value: Schema.String }),
  rootfsPropagation: optional(Schema.Literal("private", "shared", "slave", "unbindable")),
  maskedPaths: Schema.Array(absolute),
  readonlyPaths: Schema.Array(absolute),
  seccomp: optional(
    Schema.Struct({
      defaultAction: action,
      defaultErrnoRet: errno,
      architectures: Schema.Array(Schema.String.pipe(Schema.pattern(/^SCMP_ARCH_[A-Z0-9_]+$/))),
      syscalls: Schema.Array(
        Schema.Struct({
          names: strings,
          action,
          errnoRet: errno,
          args: Schema.Array(
            Schema.Struct({
              index: uint32,
              value: Schema.NonNegative,
              valueTwo: optional(Schema.NonNegative),
              op: Schema.String.pipe(Schema.pattern(/^SCMP_CMP_(?:NE|LT|LE|EQ|GE|GT|MASKED_EQ)$/))
            })
          )
        })
      )
    })
  )
})

const Config = Schema.parseJson(
  Schema.Struct({
    ociVersion: Schema.String.pipe(Schema.pattern(/^\d+\.\d+\.\d+$/)),
    process: Schema.Struct({
      terminal: Schema.Boolean,
      consoleSize: optional(Schema.Struct({ height: uint32, width: uint32 })),
      user: Schema.Struct({ uid: uint32, gid: uint32, umask: uint32, additionalGids: Schema.Array(uint32) }),
      args: strings,
      env: strings,
      cwd: absolute,
      capabilities: Schema.Struct({
        bounding: capabilities,
        permitted: capabilities,
        effective: capabilities,
        inheritable: capabilities,
        ambient: capabilities
      }),
      rlimits: Schema.Array(
        Schema.Struct({
          type: Schema.String.pipe(Schema.pattern(/^RLIMIT_[A-Z]+$/)),
          soft: Schema.NonNegative,
          hard: Schema.NonNegative
        })
      ),
      noNewPrivileges: Schema.Boolean,
      oomScoreAdj: optional(Schema.Int)
    }),
    root: Schema.Struct({ path: absolute, readonly: Schema.Boolean }),
    hostname: optional(Schema.String),
    domainname: optional(Schema.String),
    mounts: Schema.Array(
      Schema.Struct({ destination: absolute, type: Schema.String, source: Schema.String, options: strings })
    ),
    linux: Linux
  })
)

const decode = Schema.decodeUnknownEither(Config, { onExcessProperty: "error" })

describe("RuntimeSpec.make", () => {
  it.prop(
    "is a configuration by the OCI's schema, for every specification",
    [SpecArbitrary.cases],
    ([{ spec }]) => {
      expect(Either.getLeft(decode(toText(RuntimeSpec.make(spec))))._tag).toBe("None")
    },
    { fastCheck: { numRuns: 60 } }
  )

  it.prop(
    "keeps every mount, guarded path and namespace",
    [SpecArbitrary.cases],
    ([{ spec }]) => {
      const config = Either.getOrThrow(decode(toText(RuntimeSpec.make(spec))))
      expect(config.mounts.slice(0, spec.mounts.length).map((mount) => mount.destination)).toEqual(
        spec.mounts.map((mount) => mount.target)
      )
      expect(config.linux.maskedPaths).toEqual(spec.maskedPaths.map(({ path }) => path))
      const own = Object.values(spec.namespaces).filter(({ _tag }) => _tag !== "Host")
      expect(config.linux.namespaces).toHaveLength(own.length + 1)
      expect(config.linux.seccomp === undefined).toBe(spec.process.seccomp === undefined)
    },
    { fastCheck: { numRuns: 40 } }
  )

  it("writes unlimited as the largest 64-bit number, in full", () => {
    expect(toText({ soft: (1n << 64n) - 1n, absent: undefined })).toBe('{"soft":18446744073709551615}')
  })
})
