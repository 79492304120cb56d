import { describe, expect, it } from "vitest"
import { storePlace } from "../../../src/edge/store/StorePlace.js"

const initial = "         0          0 4294967295\n"
const user = { asked: undefined, env: { HOME: "/home/u" }, uid: 1000, uidMap: "" }
const root = { asked: undefined, env: {}, uid: 0, uidMap: initial }

describe("the store's place", () => {
  it("is /var/lib/kasane for root, and the data directory for a user", () => {
    expect(storePlace(root)).toEqual({ dir: "/var/lib/kasane", identity: "root" })
    expect(storePlace(user)).toEqual({ dir: "/home/u/.local/share/kasane", identity: "user" })
    expect(storePlace({ ...user, env: { XDG_DATA_HOME: "/data", HOME: "/home/u" } }).dir).toBe("/data/kasane")
  })
  it("is what --root says, else KASANE_ROOT, made absolute", () => {
    const env = { KASANE_ROOT: "/k" }
    expect(storePlace({ ...root, env }).dir).toBe("/k")
    expect(storePlace({ ...root, env, asked: "/a/../b" }).dir).toBe("/b")
  })
  it("root of a user namespace is not root to the files", () => {
    expect(storePlace({ ...root, uidMap: "0 1000 1\n1 100000 65536\n" }).identity).toBe("mapped")
  })
})
