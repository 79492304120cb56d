import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"

/** Repositories served over http on loopback by git's own server program, and files beside them. */
export interface GitServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** The directory whose files it serves. */
  readonly served: string
  /** The requests' paths, with the Authorization header where there was one. */
  readonly requests: Array<{ readonly path: string; readonly authorization: string | undefined }>
  /** Makes `NAME.git` of a work tree (or adds a commit to it) and gives the commit. */
  readonly commit: (name: string, files: Readonly<Record<string, string>>, ref?: string) => string
  /** Git in a repository's work tree, for what a test does by hand. */
  readonly git: (name: string, ...args: ReadonlyArray<string>) => string
  /** The work tree of a repository. */
  readonly workTree: (name: string) => string
  readonly close: () => Promise<void>
}

const identity = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_AUTHOR_DATE: "1500000000 +0000",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
  GIT_COMMITTER_DATE: "1500000000 +0000"
}

const write = (directory: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    if (content.startsWith("-> ")) fs.symlinkSync(content.slice(3), file)
    else fs.writeFileSync(file, content, { mode: content.startsWith("#!") ? 0o755 : 0o644 })
  }
}

/** Answers by `git http-backend`, which is a CGI program. */
const backend = (root: string, request: http.IncomingMessage, response: http.ServerResponse): void => {
  const url = new URL(request.url ?? "/", "http://localhost")
  const child = spawn("git", ["http-backend"], {
    env: {
      ...identity,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: String(request.headers["content-type"] ?? ""),
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? "")
    },
    stdio: ["pipe", "pipe", "inherit"]
  })
  request.pipe(child.stdin)
  child.stdin.on("error", () => {})
  const chunks: Array<Buffer> = []
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
  child.on("close", () => {
    const all = Buffer.concat(chunks)
    const end = all.indexOf("\r\n\r\n")
    let status = 200
    for (const line of all.subarray(0, end).toString("latin1").split("\r\n")) {
      const [name = "", value = ""] = line.split(": ")
      if (name === "Status") status = Number.parseInt(value, 10)
      else if (name !== "") response.setHeader(name, value)
    }
    response.writeHead(status)
    response.end(all.subarray(end + 4))
  })
}

/**
 * Serves a directory of its own below `directory`: `/NAME.git` are repositories, anything else files. `token`: what Authorization
 * must be for repositories whose name starts with `private`.
 */
export const start = async (directory: string, token = ""): Promise<GitServer> => {
  const root = path.join(directory, "served")
  fs.mkdirSync(root, { recursive: true })
  const requests: GitServer["requests"] = []
  const server = http.createServer((request, response) => {
    const target = new URL(request.url ?? "/", "http://localhost").pathname
    const { authorization } = request.headers
    requests.push({ path: target, authorization })
    if (target.startsWith("/private") && authorization !== token) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end()
      return
    }
    if (/^\/[^/]+\.git\//.test(target)) return backend(root, request, response)
    const file = path.join(root, path.normalize(target))
    if (!fs.existsSync(file)) response.writeHead(404).end()
    else response.writeHead(200).end(fs.readFileSync(file))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const workTree = (name: string) => path.join(directory, "work", name)
  const git = (name: string, ...args: ReadonlyArray<string>): string =>
    execFileSync("git", ["-c", "protocol.file.allow=always", "-C", workTree(name), ...args], {
      env: identity,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"]
    }).trim()
  const commit: GitServer["commit"] = (name, files, ref = "main") => {
    const tree = workTree(name)
    if (!fs.existsSync(tree)) {
      fs.mkdirSync(tree, { recursive: true })
      git(name, "init", "-q", "-b", "main")
      execFileSync("git", ["init", "-q", "--bare", "-b", "main", `${root}/${name}.git`], { env: identity })
      git(name, "remote", "add", "origin", `${root}/${name}.git`)
    }
    write(tree, files)
    git(name, "add", "-A")
    git(name, "commit", "-q", "--allow-empty", "-m", "change")
    git(name, "push", "-q", "origin", `HEAD:refs/heads/${ref}`)
    return git(name, "rev-parse", "HEAD")
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served: root,
    requests,
    commit,
    git,
    workTree,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}
