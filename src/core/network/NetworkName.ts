/** The name of a store's own firewall table: the machine's store has the plain one, any other one of its own. */
export const table = (storeMark: string): string => (storeMark === "" ? "kasane" : `kasane-${storeMark}`)

/** What a new network's bridge is called; a link's name has at most 15 characters. */
export const bridge = (id: string, isDefault: boolean, storeMark: string): string =>
  isDefault && storeMark === "" ? "kasane0" : `kn-${id.slice(0, 12)}`

/** The host's end of an endpoint's pair of links. */
export const link = (endpoint: string): string => `kv-${endpoint.slice(0, 12)}`

/** Docker's grammar. */
export const fault = (name: string): string | undefined =>
  name.trim() === ""
    ? "name is required"
    : /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)
      ? undefined
      : `invalid network name: ${name}: only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`
