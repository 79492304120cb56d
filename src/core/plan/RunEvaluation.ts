import * as Either from "effect/Either"
import * as Heredoc from "../dockerfile/Heredoc.js"
import type { Of } from "../dockerfile/Instruction.js"
import * as Mount from "../dockerfile/Mount.js"
import type { PlanOptions } from "./BuildPlan.js"
import type { Expander } from "./Expander.js"
import { Operation, Origin, plainSandbox, RunMount, type Sandbox } from "./Operation.js"
import { PlanError } from "./PlanError.js"
import type { StageState } from "./StageState.js"
import * as State from "./StageState.js"
import * as TreePath from "./TreePath.js"

type Exec = Extract<Operation, { readonly _tag: "Exec" }>

/** What a RUN takes from outside its stage. */
export interface Around {
  readonly options: Pick<PlanOptions, "buildArgs" | "network" | "sandbox">
  readonly mountOrigin: (instruction: Of<"Run">, name: string) => Either.Either<Origin, PlanError>
}

/** Build arguments that reach every RUN without a declaration. */
export const proxyNames: ReadonlySet<string> = new Set([
  "HTTP_PROXY",
  "http_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "FTP_PROXY",
  "ftp_proxy",
  "NO_PROXY",
  "no_proxy",
  "ALL_PROXY",
  "all_proxy"
])

const scriptDirectory = "/dev/pipes"

interface Command {
  readonly argv: ReadonlyArray<string>
  readonly scripts: ReadonlyArray<RunMount>
}

const soleMark = /^\s*\d*<<-?\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+)\s*$/

/**
 * The argv of a RUN. A heredoc alone is the program: run as a file if it starts with `#!`, else given to the shell. With
 * anything else on the line the shell reads marks and bodies itself.
 */
const command = (state: StageState, instruction: Of<"Run">): Command => {
  const { command: line, heredocs } = instruction
  if (line._tag === "Exec") return { argv: line.words.map((word) => word.text), scripts: [] }
  const shell = State.shellOf(state.config)
  const [first] = heredocs
  if (first === undefined) return { argv: [...shell, line.text.text], scripts: [] }
  if (!soleMark.test(line.text.text)) {
    const bodies = heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join("")
    return { argv: [...shell, line.text.text + bodies], scripts: [] }
  }
  const content = Heredoc.chomped(first)
  if (!content.startsWith("#!")) return { argv: [...shell, content], scripts: [] }
  const target = `${scriptDirectory}/${first.name}`
  return { argv: [...shell, target], scripts: [RunMount.Script({ target, content })] }
}

/** Resolves a RUN: its argv, what it sees, its mounts. */
export const evaluate = (
  state: StageState,
  instruction: Of<"Run">,
  expander: Expander,
  around: Around
): Either.Either<Exec, PlanError> =>
  Either.gen(function* () {
    const { argv, scripts } = command(state, instruction)
    const mounts = yield* Either.all(
      instruction.mounts.map((word) => mount(state, instruction, word.text, expander, around))
    )
    return Operation.Exec({
      argv,
      env: [...state.environment].map(([name, value]) => `${name}=${value}`),
      proxy: Object.entries(around.options.buildArgs)
        .filter(([name]) => proxyNames.has(name))
        .map(([name, value]) => `${name}=${value}`),
      cwd: TreePath.absolute(state.config.WorkingDir ?? "/"),
      user: state.config.User ?? "",
      mounts: [...mounts, ...scripts],
      network: instruction.network === "default" ? around.options.network : instruction.network,
      security: instruction.security,
      sandbox: sandboxOf(around.options)
    })
  })

/** With the host name of BuildKit's argument for it. */
const sandboxOf = ({ buildArgs, sandbox = plainSandbox }: Around["options"]): Sandbox => {
  const hostName = buildArgs["BUILDKIT_SANDBOX_HOSTNAME"]
  return hostName === undefined || hostName === "" ? sandbox : { ...sandbox, hostName }
}

const mount = (
  state: StageState,
  instruction: Of<"Run">,
  text: string,
  expander: Expander,
  around: Around
): Either.Either<RunMount, PlanError> =>
  Either.gen(function* () {
    const { range } = instruction
    const parsed = yield* Either.mapLeft(Mount.parse(text, expander.word), (error) =>
      error._tag === "PlanError" ? error : new PlanError({ reason: "mount", message: error.message, range })
    )
    const origin: Origin =
      parsed.from !== ""
        ? yield* around.mountOrigin(instruction, parsed.from)
        : parsed.type === "bind"
          ? Origin.Context()
          : Origin.Scratch()
    const place = TreePath.clean(TreePath.under(state.config.WorkingDir ?? "", parsed.target))
    const files = parsed.type === "bind" || parsed.type === "cache" || parsed.type === "tmpfs"
    if (files && place === "/")
      return yield* Either.left(
        new PlanError({ reason: "mount", message: 'invalid mount target "/"', range })
      )
    return resolved(parsed, origin, place)
  })

const resolved = (parsed: Mount.Mount, origin: Origin, place: string): RunMount => {
  const source = TreePath.absolute(parsed.source)
  const { readOnly, required, uid = 0, gid = 0 } = parsed
  switch (parsed.type) {
    case "bind":
      return RunMount.Bind({ origin, source, target: place, readOnly })
    case "cache":
      return RunMount.Cache({
        id: parsed.id === "" ? TreePath.clean(parsed.target) : parsed.id,
        origin,
        source,
        target: place,
        readOnly,
        sharing: parsed.sharing ?? "shared",
        mode: parsed.mode ?? 0o755,
        uid,
        gid
      })
    case "tmpfs":
      return RunMount.Tmpfs({ target: place, size: parsed.sizeLimit })
    case "secret": {
      const id = [parsed.id, parsed.source, TreePath.base(parsed.target)].find((one) => one !== "") ?? ""
      const variable = parsed.env === "" ? id : parsed.env
      const target =
        parsed.target !== ""
          ? place
          : variable === undefined
            ? `/run/secrets/${TreePath.base(id)}`
            : undefined
      return RunMount.Secret({ id, target, variable, mode: parsed.mode ?? 0o400, uid, gid, required })
    }
    case "ssh": {
      const id = parsed.id === "" ? "default" : parsed.id
      const target = parsed.target === "" ? undefined : place
      return RunMount.Ssh({ id, target, mode: parsed.mode ?? 0o600, uid, gid, required })
    }
  }
}
