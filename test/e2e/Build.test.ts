import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, kasane as commandLine, type Kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const user = Unprivileged.create()
afterAll(() => user.remove())

/** Ids and sizes differ from run to run. */
const steady = (text: string): string =>
  text.replace(/[0-9a-f]{12,64}/g, "ID").replace(/daemon {2}\S+/, "daemon  SIZE")

describe.each<Caller>([root, user])("as $label", (caller) => {
  let kasane: Kasane
  let context: string

  const files = (entries: Readonly<Record<string, string>>): void => {
    fs.rmSync(context, { recursive: true, force: true })
    for (const [name, content] of Object.entries(entries)) {
      const file = path.join(context, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, content)
    }
    execFileSync("chmod", ["-R", "a+rX", context])
  }

  beforeAll(async () => {
    const dir = await scratch(caller, "kasane-build")
    kasane = commandLine(caller, path.join(dir, "store"))
    context = path.join(dir, "context")
    fs.mkdirSync(`${context}/rootfs`, { recursive: true })
    RootFs.fill(`${context}/rootfs`)
    fs.writeFileSync(`${context}/Dockerfile`, 'FROM scratch\nCOPY rootfs /\nCMD ["sh"]\n')
    execFileSync("chmod", ["-R", "a+rX", context])
    await kasane.ok(["build", "-t", "base", context])
  })
  afterAll(() => fs.rmSync(path.dirname(kasane.root), { recursive: true, force: true, maxRetries: 3 }))

  it("nothing from standard input makes no image", async () => {
    expect(await kasane.run(["build", "-"], { input: "FROM scratch\n" })).toEqual({
      code: 1,
      stdout: "Sending build context to Docker daemon  2.048kB\nStep 1/1 : FROM scratch\n ---> \n",
      stderr: "No image was generated. Is your Dockerfile empty?\n"
    })
  })

  it("several stages, arguments, a user, and what the result runs", async () => {
    files({
      Dockerfile: [
        "ARG TAG=latest",
        "FROM base:$TAG AS build",
        "WORKDIR /src",
        "COPY in .",
        "RUN cat in > /out && chown 1000:1000 /out && id -u >> /out",
        "FROM base",
        "COPY --from=build /out /data/out",
        "USER 1000",
        "RUN id -u; stat -c %u /data/out",
        'CMD ["cat", "/data/out"]'
      ].join("\n"),
      in: "from the context\n"
    })
    const first = steady(await kasane.ok(["build", "-t", "t:1", "-t", "t:2", context]))
    expect(first).toBe(
      [
        "Sending build context to Docker daemon  SIZE",
        "Step 1/10 : ARG TAG=latest",
        "Step 2/10 : FROM base:$TAG AS build",
        " ---> ID",
        "Step 3/10 : WORKDIR /src",
        " ---> ID",
        "Step 4/10 : COPY in .",
        " ---> ID",
        "Step 5/10 : RUN cat in > /out && chown 1000:1000 /out && id -u >> /out",
        " ---> Running in ID",
        "Removing intermediate container ID",
        " ---> ID",
        "Step 6/10 : FROM base",
        " ---> ID",
        "Step 7/10 : COPY --from=build /out /data/out",
        " ---> ID",
        "Step 8/10 : USER 1000",
        " ---> ID",
        "Step 9/10 : RUN id -u; stat -c %u /data/out",
        " ---> Running in ID",
        "1000",
        "1000",
        "Removing intermediate container ID",
        " ---> ID",
        'Step 10/10 : CMD ["cat", "/data/out"]',
        " ---> ID",
        "Successfully built ID",
        "Successfully tagged t:1",
        "Successfully tagged t:2",
        ""
      ].join("\n")
    )
    expect(await kasane.ok(["run", "--rm", "t:2"])).toBe("from the context\n0\n")
    const again = await kasane.ok(["build", "-t", "t:1", context])
    expect(again.match(/Using cache/g)).toHaveLength(7)
    expect(again).not.toContain("Running in")
  })

  it("a plan changes nothing, and tells what the build then does", async () => {
    files({ Dockerfile: "FROM base\nCOPY in /\nRUN cat /in\n", in: "1" })
    const listed = () =>
      execFileSync("find", [kasane.root, "-type", "f"], { encoding: "utf8" }).split("\n").sort()
    await kasane.ok(["build", context])
    files({ Dockerfile: "FROM base\nCOPY in /\nRUN cat /in\n", in: "2" })
    const before = listed().filter((name) => !name.includes("/leases/"))
    const plan = await kasane.ok(["build", "--plan", "-t", "x", context])
    expect(plan).toBe(
      [
        "Step 1/3 : FROM base",
        " ---> cached",
        "Step 2/3 : COPY in /",
        " ---> runs: COPY in /: in content changed",
        "Step 3/3 : RUN cat /in",
        " ---> unknown: what comes before it has to run first",
        "Tag docker.io/library/x:latest",
        ""
      ].join("\n")
    )
    expect(listed().filter((name) => !name.includes("/leases/"))).toEqual(before)
    const explained = await kasane.ok(["build", "--explain", context])
    expect(explained).toContain(" ---> Not in cache: COPY in /: in content changed\n")
  })

  it("a command that fails ends the build with its code and the classic words, and leaves a shell to look around", async () => {
    files({
      Dockerfile: "FROM base\nENV A=b\nWORKDIR /w\nRUN echo told; echo left > here; exit 42\nRUN never"
    })
    const { code, stdout, stderr } = await kasane.run(["build", context])
    const id = /kept as ([0-9a-f]{12})/.exec(stderr)?.[1] ?? ""
    expect([code, stderr]).toEqual([
      42,
      [
        "Dockerfile:4",
        "--------------------",
        "   2 |     ENV A=b",
        "   3 |     WORKDIR /w",
        "   4 | >>> RUN echo told; echo left > here; exit 42",
        "   5 |     RUN never",
        "--------------------",
        "The command '/bin/sh -c echo told; echo left > here; exit 42' returned a non-zero code: 42",
        `What the step left is kept as ${id}. To look around in it: kasane run -it --rm ${id} /bin/sh`,
        ""
      ].join("\n")
    ])
    expect(stdout).toContain("\ntold\n")
    expect(stdout).not.toContain("never\n ")
    const shell = ["run", "--rm", "-i", id, "/bin/sh"]
    expect(await kasane.ok(shell, { input: "cat here; pwd; echo $A" })).toBe("left\n/w\nb\n")
    // After an edit the build goes on from the last good step.
    files({ Dockerfile: "FROM base\nENV A=b\nWORKDIR /w\nRUN true" })
    const again = await kasane.ok(["build", context])
    expect(again.match(/Using cache/g)).toHaveLength(2)
    expect(await kasane.ok(["images", "-a", "-q", "--no-trunc"])).toContain(id)
    await kasane.ok(["image", "prune", "-f"])
    expect(await kasane.ok(["images", "-a", "-q", "--no-trunc"])).not.toContain(id)
  })

  it("no more than three failed steps are kept", async () => {
    const kept: Array<string> = []
    for (const code of [1, 2, 3, 4]) {
      files({ Dockerfile: `FROM base\nRUN exit ${code}` })
      const { stderr } = await kasane.run(["build", "-q", context])
      kept.push(/kept as ([0-9a-f]{12})/.exec(stderr)?.[1] ?? "none")
    }
    const there = await kasane.ok(["images", "-a", "-q", "--no-trunc"])
    expect(kept.map((id) => there.includes(id))).toEqual([false, true, true, true])
  })

  it("options of the build reach its commands, and are part of what a cached result depends on", async () => {
    const text =
      "FROM base\nRUN grep -c mine /etc/hosts; ulimit -n; df /dev/shm | tail -1 | awk '{print $2}'; ls /sys/class/net"
    files({ Dockerfile: text })
    const given = [
      "--add-host",
      "mine:10.1.2.3",
      "--ulimit",
      "nofile=123:456",
      "--shm-size",
      "8m",
      "--network",
      "none"
    ]
    const built = await kasane.ok(["build", ...given, context])
    expect(built).toContain("\n1\n123\n8192\nlo\n")
    expect(await kasane.ok(["build", ...given, context])).toContain("Using cache")
    const other = await kasane.ok(["build", "--explain", ...given, "--shm-size", "9m", context])
    expect(other).toContain("Not in cache: --shm-size 8m -> 9m")
    const wrong = await kasane.run(["build", "--add-host", "mine", context])
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      'invalid argument "mine" for "--add-host" flag: bad format for add-host: "mine"\n'
    ])
  })

  it("a step is privileged only by the user's leave", async () => {
    files({
      Dockerfile:
        "FROM base\nRUN --security=insecure grep -c 'CapEff:.*0000003fffffffff\\|CapEff:' /proc/self/status"
    })
    const refused = await kasane.run(["build", context])
    expect([refused.code, refused.stderr.split("\n").at(-2)]).toEqual([
      1,
      "ERROR: failed to build: failed to solve: security.insecure is not allowed: add --allow security.insecure if this Dockerfile may do with this machine what you may"
    ])
    expect(await kasane.ok(["build", "--allow", "security.insecure", context])).toContain(
      "Successfully built"
    )
    files({ Dockerfile: "FROM base\nRUN --network=host true" })
    await kasane.ok(["build", "--allow", "network.host", context])
    expect((await kasane.run(["build", "--allow", "everything", context])).stderr).toContain(
      'unknown entitlement "everything"'
    )
  })

  it("impact tells what a change of files does, and changes nothing", async () => {
    files({
      Dockerfile: "FROM base AS build\nCOPY src /src\nRUN make\nFROM base\nCOPY --from=build /out /\n",
      ".dockerignore": "*.log\n",
      "src/a": ""
    })
    const asked = ["impact", "-C", context]
    expect(await kasane.ok([...asked, `${context}/src/a`, `${context}/x.log`])).toBe(
      [
        "src/a is read by",
        "  Dockerfile:2  Step 2/5 : COPY src /src",
        "x.log is hidden by .dockerignore:1  *.log",
        "These are made again:",
        "  Dockerfile:3  Step 3/5 : RUN make",
        "These perhaps, for they depend on what those before them make of it:",
        "  Dockerfile:5  Step 5/5 : COPY --from=build /out /",
        "The image changes, perhaps.",
        ""
      ].join("\n")
    )
    const told = JSON.parse(await kasane.ok([...asked, "--format", "json", `${context}/other`]))
    expect(told).toMatchObject({ paths: [{ path: "other", readBy: [] }], steps: [], image: "same" })
    const outside = await kasane.run([...asked, "/etc/passwd"])
    expect([outside.code, outside.stderr]).toEqual([
      1,
      `Error: /etc/passwd is not in the build context ${context}: name that with --context\n`
    ])
  })

  it("blame tells which lines brought, covered and removed a file", async () => {
    files({ Dockerfile: "FROM base\nCOPY a /d/\nRUN echo more >> /d/a\nRUN rm /d/a\n", a: "1" })
    await kasane.ok(["build", "-t", "blamed", context])
    const told = JSON.parse(await kasane.ok(["blame", "--format", "json", "blamed", "/d/a"]))
    expect(
      told.layers.map(({ number, mention }: { number: number; mention: { _tag: string } }) => [
        number,
        mention._tag
      ])
    ).toEqual([
      [4, "Removes"],
      [3, "Brings"],
      [2, "Brings"]
    ])
    expect(await kasane.ok(["blame", "blamed", "/d/a"])).toContain("\n  Dockerfile:4  RUN rm /d/a\n")
    expect((await kasane.run(["blame", "blamed", "/nowhere"])).code).toBe(1)
  })

  it("blame goes through stages, links and base images to the files of contexts, also after a build that ran nothing", async () => {
    files({
      Dockerfile: [
        "FROM base AS build",
        "COPY src lib /src/",
        "RUN cat /src/a > /made && ln -s /src /alias",
        "FROM base",
        "RUN ln -s /var /link",
        "COPY --from=build /made /alias/b /link/",
        "COPY <<text /etc/",
        "hello",
        "text"
      ].join("\n"),
      "src/a": "1",
      "lib/b": "2"
    })
    const expected = [
      [
        "/var/made",
        "Dockerfile:6  COPY --from=build /made /alias/b /link/",
        "from /made of stage build",
        "  Dockerfile:3  RUN cat /src/a > /made && ln -s /src /alias"
      ],
      [
        "/link/b",
        "Dockerfile:6  COPY --from=build /made /alias/b /link/",
        "from /alias/b of stage build",
        "  Dockerfile:2  COPY src lib /src/",
        `  from lib/b of the build context ${context}`
      ],
      ["/etc/text", "Dockerfile:7-9  COPY <<text /etc/", "from the heredoc text"],
      ["/bin/sh", "base: Dockerfile:2  COPY rootfs /", `from rootfs/bin/sh of the build context ${context}`]
    ]
    const told = async (paths: typeof expected) => {
      for (const [path = "", ...lines] of paths) {
        const text = await kasane.ok(["blame", "origins", path])
        expect([path, text.split("\n").slice(1)]).toEqual([path, [...lines.map((line) => `  ${line}`), ""]])
      }
    }
    await kasane.ok(["build", "-t", "origins", context])
    await told(expected)
    // The rest does not depend on who builds.
    if (caller === user) return
    for (const how of [[], ["--build-arg", "SOURCE_DATE_EPOCH=1"], ["--squash"]]) {
      await kasane.ok(["build", "-t", "origins", ...how, context])
      await told(expected.slice(1, 2))
    }
    await kasane.ok(["rmi", "origins"])
    await kasane.ok(["check"])
  }, 90_000)

  it("-q prints the id alone, which --iidfile holds too", async () => {
    files({ Dockerfile: "FROM base\nRUN echo noise" })
    const file = path.join(path.dirname(kasane.root), "iid")
    const printed = await kasane.ok(["build", "-q", "--iidfile", file, context])
    expect(printed).toMatch(/^sha256:[0-9a-f]{64}\n$/)
    expect(`${fs.readFileSync(file, "utf8")}\n`).toBe(printed)
  })
})
