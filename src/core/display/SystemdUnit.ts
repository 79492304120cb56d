/** What runs once at boot. */
export interface BootUnit {
  /** The words of the command, the first an absolute path. */
  readonly command: ReadonlyArray<string>
  /** Whose: the system's manager, or a user's own. */
  readonly manager: "system" | "user"
}

/** A word of ExecStart: in quotes, nothing in it a specifier or a variable. Source: systemd.service(5), "Command lines". */
const word = (text: string): string => {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("%", "%%")
    .replaceAll("$", "$$$$")
  return /^[A-Za-z0-9_@+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`
}

/**
 * A unit of systemd that starts, at boot, the containers whose restart policy wants it. It stays active and ends no process:
 * containers live as long as they are not stopped, whatever becomes of the unit.
 */
export const text = ({ command, manager }: BootUnit): string =>
  `[Unit]
Description=Containers of kasane that start again after a boot
${manager === "system" ? "Wants=network-online.target\nAfter=network-online.target\n" : ""}
[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
Delegate=yes
ExecStart=${command.map(word).join(" ")}

[Install]
WantedBy=${manager === "system" ? "multi-user.target" : "default.target"}
`
