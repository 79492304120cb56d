import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { expect } from "@effect/vitest"

/** Files and what is to be read in them: test/corpus/dockerfile/KIND/NAME.Dockerfile and NAME.txt. */
export const directory = fileURLToPath(new URL("../corpus/dockerfile/", import.meta.url))

export const names = (kind: string): ReadonlyArray<string> =>
  fs
    .readdirSync(directory + kind)
    .filter((file) => file.endsWith(".Dockerfile"))
    .map((file) => file.slice(0, -".Dockerfile".length))

/** The bytes of a file of the corpus. */
export const read = (kind: string, name: string): Uint8Array =>
  fs.readFileSync(`${directory}${kind}/${name}.Dockerfile`)

/** KASANE_UPDATE_CORPUS=1 writes what was read anew; read the difference before you commit it. */
export const compare = (kind: string, name: string, actual: string): void => {
  const file = `${directory}${kind}/${name}.txt`
  if (process.env["KASANE_UPDATE_CORPUS"] === "1") fs.writeFileSync(file, actual)
  expect(actual).toBe(fs.readFileSync(file, "utf8"))
}
