import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Digests from "../../../core/oci/Digest.js"
import { CacheImport } from "../../../core/store/CacheImport.js"
import type { CacheImports, StoredCacheImport } from "../CacheImports.js"
import { listIfThere } from "./DurableFile.js"
import { attempt } from "./Failure.js"
import { encode, readRecord } from "./JsonFile.js"
import { StoreFiles } from "./StoreFiles.js"

export const make: Effect.Effect<CacheImports["Type"], never, StoreFiles> = Effect.map(
  StoreFiles,
  (files) => {
    const root = `${files.paths.cache}/imports`
    const fileOf = (name: string): string => `${root}/${name}.json`

    const read = (name: string): ReadonlyArray<StoredCacheImport> => {
      try {
        const content = readRecord(CacheImport, fileOf(name))
        return content === undefined ? [] : [{ name, content }]
      } catch {
        return []
      }
    }

    return {
      list: attempt("list", root, () =>
        listIfThere(root)
          .flatMap((file) => (/^[0-9a-f]{64}\.json$/.test(file) ? read(file.slice(0, 64)) : []))
          .sort((left, right) => (left.content.imported < right.content.imported ? 1 : -1))
      ),
      put: (content) =>
        attempt("write cache import", content.source, () => {
          const name = Digests.hex(Digests.ofBytes(content.source))
          const beside = files.fresh("import")
          fs.mkdirSync(root, { recursive: true, mode: 0o700 })
          fs.writeFileSync(beside, encode(CacheImport, content), { mode: 0o600 })
          fs.renameSync(beside, fileOf(name))
          return { name, content }
        }),
      remove: (name) => attempt("remove cache import", name, () => fs.rmSync(fileOf(name), { force: true }))
    }
  }
)
