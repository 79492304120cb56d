import { describe, expect, it } from "@effect/vitest"
import type { ChainId } from "../../../src/core/layer/ChainId.js"
import * as Digests from "../../../src/core/oci/Digest.js"
import type { Step } from "../../../src/core/plan/BuildPlan.js"
import * as CacheKey from "../../../src/core/plan/CacheKey.js"
import * as GitRef from "../../../src/core/plan/GitRef.js"
import * as InputFiles from "../../../src/core/plan/InputFiles.js"
import * as NamedContext from "../../../src/core/plan/NamedContext.js"
import * as Operation from "../../../src/core/plan/Operation.js"
import { digest, linux, planned } from "./planning.js"

const commit = "1d5e9f2c".repeat(5)

/**
 * Keys that caches out there have. A change that moves one makes every step like it run again, everywhere: it must be meant, and
 * then the number in `kasane layer key 1` moves with it.
 */
const golden: ReadonlyArray<readonly [instruction: string, key: string]> = [
  ["RUN make", "40a7844a6bc16fde"],
  ['RUN ["make", "all"]', "6f131fa8d46f548f"],
  ["RUN --network=none make", "350a3cb7a070866d"],
  ["RUN --security=insecure make", "5060f0dfe1b289c8"],
  ["RUN --mount=target=/m,source=src make", "f0d30f46206a06c2"],
  ["RUN --mount=from=build,target=/m,rw make", "6230a12bd62630fd"],
  ["RUN --mount=from=vendor,target=/m make", "9c23629b56fe7402"],
  ["RUN --mount=type=cache,id=c,target=/c,uid=1,mode=0700,sharing=locked make", "a4c7e6c46ebbf770"],
  ["RUN --mount=type=tmpfs,target=/t,size=1m make", "6aa3a6bafd879b48"],
  ["RUN --mount=type=secret,id=s,env=S make", "fd59146f4bc79d36"],
  ["RUN --mount=type=ssh make", "27a49afe9a56ac2d"],
  ["RUN <<EOF\nmake\nEOF", "66e443f9562990ac"],
  ["RUN <<EOF\n#!/bin/sh\nmake\nEOF", "010c8fe6e7defa8d"],
  ["WORKDIR /w", "14e16a3a5f26984d"],
  ["COPY src /app/", "0c0bbfa025a82548"],
  ["COPY --chown=1:2 --chmod=u+x src /app/", "d147a1962ea1c544"],
  ["COPY --link src /app/", "a0f45eed8da537c0"],
  ["COPY --parents --exclude=*.log ./src/*/a /app/", "ee5121c30b8fb07c"],
  ["COPY --from=build /src /app/", "ee6b7e420b09f32e"],
  ["COPY --from=busybox:1 /src /app/", "6be8dca53a0b9553"],
  ["COPY --from=vendor src /app/", "d53131aaccfa5770"],
  ["COPY <<x /app/\nhello\nx", "30e1dee5387281fe"],
  ["ADD src /app/", "697d1a128c374b34"],
  ["ADD --unpack=false src /app/", "a12e90282974f2d9"],
  ["ADD https://example.com/a.tar.gz /app/", "84fe580ed94e674c"],
  ["ADD --unpack=true https://example.com/a.tar.gz /app/", "261b1a3cf4053ff8"],
  ["ADD https://git.example/a/b.git#main /app", "52023ce9323fd447"],
  ["ADD https://git.example/a/b.git#v1:sub /app", "b5901be0d5eaa316"],
  ["ADD --keep-git-dir=true git@git.example:a/b.git /app", "48715460d5d963a0"],
  [
    "ADD --checksum=1d5e9f2c https://user:secret@git.example/a/b.git?branch=main&submodules=false /app",
    "98617e55e2a1077b"
  ]
]

const stepOf = (instruction: string): Step => {
  const contexts = new Map([["vendor", NamedContext.NamedContext.Files()]])
  const text = `FROM debian:12 AS build\nFROM debian:12\nARG VERSION=1\nENV MODE=fast\nUSER app\n${instruction}`
  const step = planned(text, { contexts }).stages.at(-1)?.steps.at(-1)
  if (step === undefined) throw new Error(`${instruction} is no step`)
  return step
}

/** What every step finds: one file and its directory wherever it reads, and remote sources that are what they are. */
const keyOf = (instruction: string): string | undefined => {
  const step = stepOf(instruction)
  const { operation } = step
  const input = InputFiles.make([
    { path: "src", type: "directory", mode: 0o755, content: "", owner: "" },
    { path: "src/a", type: "file", mode: 0o644, content: digest("a"), owner: "" }
  ])
  const sources = operation._tag === "Copy" ? operation.sources : []
  const key = CacheKey.ofStep(step, {
    parent: digest("base") as ChainId,
    parentNote: "base debian:12",
    platform: linux,
    files: Operation.origins(operation).map((origin) => ({ origin, label: "", input })),
    remote: sources.flatMap((source) =>
      source._tag === "Http"
        ? [{ url: source.url, digest: digest("download") }]
        : source._tag === "Git"
          ? [{ url: GitRef.redacted(source.url), digest: commit }]
          : []
    )
  })
  return key && Digests.hex(CacheKey.digest(key)).slice(0, 16)
}

describe("the key of a step stays what it was", () => {
  it.each(golden)("%s", (instruction, key) => {
    expect(keyOf(instruction)).toBe(key)
  })
})

describe("what of a repository a key depends on", () => {
  it.each([
    "ADD https://git.example/a/c.git#main /r",
    "ADD https://git.example/a/b.git#main:sub /r",
    "ADD --keep-git-dir=true https://git.example/a/b.git#main /r",
    "ADD https://git.example/a/b.git?ref=main&submodules=false /r",
    "ADD https://git.example/a/b.git?ref=main&mtime=checkout /r",
    "ADD https://git.example/a/b.git#main /elsewhere"
  ])("tells it from %s", (other) => {
    expect(keyOf(other)).not.toBe(keyOf("ADD https://git.example/a/b.git#main /r"))
  })
  it("is no password", () => {
    expect(keyOf("ADD https://me:one@git.example/a/b.git /r")).toBe(
      keyOf("ADD https://me:two@git.example/a/b.git /r")
    )
  })
})
