import type { ContainerSpec } from "../container/ContainerSpec.js"
import * as Reason from "../container/Reason.js"
import * as Program from "./Program.js"
import { because, here, number } from "./Steps.js"

const length_bytes = (text: string): number => new TextEncoder().encode(text).length

/**
 * Dots separate, and a slash stands for a dot inside a part (`net.ipv4.conf.eth0/1.forwarding`), as sysctl(8) has it.
 */
const pathOf = (name: string): string =>
  `/proc/sys/${name.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."))}`

/** Host name, domain name and sysctls. The sysctls go through the host's /proc: it shows the writer's namespaces. */
export const setParameters = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  const { call } = because("sysctls", `host name: ${Reason.show(spec.namespaces.uts.reason)}`)
  const { hostname, domainname } = spec
  return [
    ...(hostname === undefined
      ? []
      : [call("sethostname", [Program.text(hostname), number(length_bytes(hostname))])]),
    ...(domainname === undefined
      ? []
      : [call("setdomainname", [Program.text(domainname), number(length_bytes(domainname))])]),
    ...spec.sysctls.flatMap((sysctl, index) => {
      const maker = because("sysctls", Reason.show(sysctl.reason))
      const fd = `sysctl ${index}`
      return [
        maker.call(
          "openat",
          [here, Program.text(pathOf(sysctl.name)), Program.flags("O_WRONLY", "O_CLOEXEC")],
          {
            store: fd
          }
        ),
        maker.call("write", [
          Program.result(fd),
          Program.text(sysctl.value),
          number(length_bytes(sysctl.value))
        ])
      ]
    })
  ]
}
