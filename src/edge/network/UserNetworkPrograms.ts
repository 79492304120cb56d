import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as Effect from "effect/Effect"
import type { Published } from "../../core/network/Life.js"
import * as NetworkMeans from "../host/NetworkMeans.js"
import { NetworkError } from "./NetworkError.js"
import { type Carrying, resolverOf, type UserNetwork } from "./UserNetwork.js"

/** How long a program may take before the container's start fails, in milliseconds. */
const patience_ms = 15_000

const failure = (means: string, why: string): NetworkError =>
  new NetworkError({
    reason: "Io",
    message: `${means} cannot give the container a network: ${why}; --network host and --network none need none`
  })

/** The files that belong to a container's program: its pid, and (slirp4netns) its control socket. */
const filesOf = (directory: string, container: string) => ({
  pid: `${directory}/${container}.pid`,
  socket: `${directory}/${container.slice(0, 12)}.sock`
})

const portsOf = (published: ReadonlyArray<Published>, protocol: string): ReadonlyArray<string> =>
  published
    .filter((one) => one.protocol === protocol)
    .map(({ hostAddress, hostPort, port }) => `${hostAddress}/${hostPort}:${port}`)

/** pasta(1): nothing but what is published goes in, and the host's own loopback cannot be reached. */
const pastaWords = (carrying: Carrying, pidFile: string): ReadonlyArray<string> => {
  const flags = (flag: string, values: ReadonlyArray<string>) =>
    values.length === 0 ? [flag, "none"] : values.flatMap((value) => [flag, value])
  return [
    "--config-net",
    "--quiet",
    "--no-map-gw",
    ...["--ns-ifname", "eth0"],
    ...(carrying.mac === undefined ? [] : ["--ns-mac-addr", carrying.mac]),
    ...(carrying.forwardNames ? ["--dns-forward", resolverOf("pasta")] : []),
    ...flags("--tcp-ports", portsOf(carrying.published, "tcp")),
    ...flags("--udp-ports", portsOf(carrying.published, "udp")),
    ...["--tcp-ns", "none", "--udp-ns", "none"],
    ...["--pid", pidFile],
    String(carrying.pid)
  ]
}

/** What a program says before it gives up; its talk about a missing system log is not about us. */
const complaint = (told: string): string => {
  const lines = told.split("\n").filter((line) => line.trim() !== "" && !line.includes("syslog"))
  return lines.join("; ").trim() || "it gave no reason"
}

/** Runs a program until `ready` says so or it ends; `ready` gets the running program. */
const launch = (
  means: Carrying["means"],
  words: ReadonlyArray<string>,
  ready: (child: childProcess.ChildProcess, done: (error?: NetworkError) => void) => void,
  extra: ReadonlyArray<"pipe">
): Effect.Effect<void, NetworkError> =>
  Effect.async((resume) => {
    const program = NetworkMeans.programOf(means)
    if (program === undefined) {
      resume(Effect.fail(failure(means, "it is not installed any more")))
      return
    }
    const child = childProcess.spawn(program, words, {
      cwd: "/",
      detached: true,
      stdio: ["ignore", "ignore", "pipe", ...extra]
    })
    let told = ""
    const done = (error?: NetworkError) => {
      clearTimeout(timer)
      child.stderr?.destroy()
      child.unref()
      resume(error === undefined ? Effect.void : Effect.fail(error))
    }
    const timer = setTimeout(() => {
      child.kill("SIGKILL")
      done(failure(means, `it was not ready after ${patience_ms / 1000} seconds`))
    }, patience_ms)
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      told += text
    })
    child.once("error", (cause) => done(failure(means, cause.message)))
    child.once("exit", (code) => {
      if (code === 0 && means === "pasta") done()
      else done(failure(means, complaint(told)))
    })
    ready(child, done)
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** pasta goes on in the background, and its first process ends, when all is there. */
const pasta = (carrying: Carrying, pidFile: string) =>
  launch("pasta", pastaWords(carrying, pidFile), () => undefined, [])

interface Refusal {
  readonly error?: { readonly desc?: string }
}

const isRefusal = (value: unknown): value is Refusal => typeof value === "object" && value !== null

/** One request to slirp4netns. Source: slirp4netns(1), "API socket". */
const ask = (socket: string, request: object): Promise<string | undefined> =>
  new Promise((resolve) => {
    let answer = ""
    const connection = net.connect(socket, () => connection.end(JSON.stringify(request)))
    connection.setEncoding("utf8").on("data", (text: string) => {
      answer += text
    })
    connection.once("error", (cause) => resolve(cause.message))
    connection.once("end", () => {
      const told: unknown = answer.trim() === "" ? {} : JSON.parse(answer)
      resolve(isRefusal(told) ? told.error?.desc : undefined)
    })
  })

const forwardPorts = (socket: string, published: ReadonlyArray<Published>) =>
  Effect.forEach(published, ({ protocol, hostAddress, hostPort, port }) =>
    Effect.flatMap(
      Effect.promise(() =>
        ask(socket, {
          execute: "add_hostfwd",
          arguments: { proto: protocol, host_addr: hostAddress, host_port: hostPort, guest_port: port }
        })
      ),
      (refusal) =>
        refusal === undefined
          ? Effect.void
          : Effect.fail(failure("slirp4netns", `port ${hostPort}: ${refusal}`))
    )
  )

const slirp = (carrying: Carrying, files: ReturnType<typeof filesOf>) =>
  Effect.gen(function* () {
    const words = [
      "--configure",
      "--mtu=65520",
      "--disable-host-loopback",
      "--ready-fd=3",
      `--api-socket=${files.socket}`,
      ...(carrying.mac === undefined ? [] : [`--macaddress=${carrying.mac}`]),
      String(carrying.pid),
      "eth0"
    ]
    const ready = (child: childProcess.ChildProcess, done: () => void) => {
      if (child.pid !== undefined) fs.writeFileSync(files.pid, `${child.pid}\n`)
      child.stdio[3]?.once("data", () => {
        child.removeAllListeners("exit")
        child.stdio[3]?.destroy()
        done()
      })
    }
    yield* launch("slirp4netns", words, ready, ["pipe"])
    yield* forwardPorts(files.socket, carrying.published)
  })

/** The pid in a file, if the process is the program that was started with one of our files. */
const running = (files: ReturnType<typeof filesOf>): number | undefined => {
  try {
    const pid = Number.parseInt(fs.readFileSync(files.pid, "utf8"), 10)
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")
    return words.includes(files.pid) || words.includes(files.socket) ? pid : undefined
  } catch {
    // No file, or no process: nothing runs.
    return undefined
  }
}

/** By programs of the host; `directory` is where their files are, mode 0700. */
export const service = (directory: string): UserNetwork["Type"] => {
  const stop = (container: string) =>
    Effect.sync(() => {
      const files = filesOf(directory, container)
      const pid = running(files)
      try {
        if (pid !== undefined) process.kill(pid, "SIGTERM")
      } catch {
        // It ended by itself meanwhile.
      }
      for (const file of Object.values(files)) fs.rmSync(file, { force: true })
    })
  return {
    stop,
    carry: (container, carrying) => {
      const files = filesOf(directory, container)
      const work = carrying.means === "pasta" ? pasta(carrying, files.pid) : slirp(carrying, files)
      return Effect.tapError(work, () => stop(container))
    }
  }
}
