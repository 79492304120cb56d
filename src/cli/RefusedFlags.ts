import * as Either from "effect/Either"
import * as Flag from "./Flag.js"

/** A flag of Docker's that asks for what is not done here; `harmless` values ask for what happens anyway. */
const refused = (name: string, why: string, harmless: ReadonlyArray<string> = []) =>
  Flag.values(name, { help: `Not supported: ${why}`, hidden: true }, (text) =>
    harmless.includes(text) ? Either.right(text) : Either.left(`not supported: ${why}`)
  )

const contentTrust = Flag.value(
  "disable-content-trust",
  { help: "Signatures are not checked", hidden: true },
  (text) =>
    text === "true" ? Either.right(text) : Either.left("not supported: image signatures are not checked here")
)

/** Docker's flags of run and create that kasane understands and refuses, with the reason, rather than not to know them. */
export const flags = {
  contentTrust: { ...contentTrust, arity: "switch" as const },
  gpus: refused(
    "gpus",
    "it needs the vendor's hook; give its devices with --device, or run the container by --runtime nvidia-container-runtime"
  ),
  isolation: refused("isolation", "only Windows has other technologies than the default", ["", "default"]),
  kernelMemory: refused("kernel-memory", "Linux 5.4 and later have no such limit"),
  linkLocalIp: refused("link-local-ip", "a container's addresses are those of its networks (--ip, --ip6)"),
  useApiSocket: {
    ...refused("use-api-socket", "there is no engine to reach by a socket", ["false"]),
    arity: "switch" as const
  },
  volumeDriver: refused("volume-driver", "volumes are local", ["", "local"])
} as const
