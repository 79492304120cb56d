import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Platform } from "../../core/oci/Platform.js"
import * as CacheBundle from "../../core/plan/CacheBundle.js"
import * as CacheLocation from "../../core/plan/CacheLocation.js"
import { CacheImports, type StoredCacheImport } from "../../edge/store/CacheImports.js"
import type { CacheReader } from "./CacheExchange.js"
import * as CachePlaces from "./CachePlaces.js"
import { CacheFailure } from "./ImportedCache.js"

/** Keeps the records of a cache, so that every build looks into it. Its layers stay where they are until a build needs them. */
export const importStore = (source: CacheLocation.CacheSource, platform: Platform) =>
  Effect.gen(function* () {
    const reader = yield* CachePlaces.reader(source, platform)
    const { checked } = yield* reader.read
    const imported = new Date(yield* Clock.currentTimeMillis).toISOString()
    const { bundle, layers, problems } = checked
    yield* (yield* CacheImports).put({
      source: CacheLocation.print(source),
      imported,
      bundle,
      carried: [...layers.values()]
    })
    return { records: bundle.records.length, layers: layers.size, problems }
  })

/** The caches that were imported before, as a build reads them. */
export const standing: Effect.Effect<
  ReadonlyArray<CacheReader>,
  Effect.Effect.Error<CacheImports["Type"]["list"]>,
  CacheImports | CachePlaces.CacheNeeds
> = Effect.gen(function* () {
  const imports = yield* (yield* CacheImports).list
  return yield* Effect.forEach(imports, standingReader)
})

const standingReader = ({ content }: StoredCacheImport) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<CachePlaces.CacheNeeds>()
    const reader: CacheReader = {
      name: content.source,
      read: Effect.provide(
        Effect.gen(function* () {
          const source = yield* Either.mapLeft(
            CacheLocation.parseSource(content.source),
            (message) => new CacheFailure({ message })
          )
          const bundle = yield* Either.mapLeft(
            CacheBundle.read(content.bundle),
            ({ message }) => new CacheFailure({ message })
          )
          const place = yield* CachePlaces.placeOf(source)
          const checked = CacheBundle.check(bundle, content.carried)
          return { name: place.name, repository: place.repository, checked, open: place.open }
        }),
        context
      )
    }
    return reader
  })
