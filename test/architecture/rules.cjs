/** The house's dependency rules: main -> cli -> engine -> edge -> core. See docs/architecture.md. */
const rule = (name, comment, from, to) => ({ name, severity: "error", comment, from, to })

/** Rooms of core and the other rooms of core that each may look into. */
const core = {
  oci: [],
  dockerfile: [],
  display: [],
  layer: ["oci"],
  plan: ["dockerfile", "layer", "oci"],
  lint: ["dockerfile", "oci", "plan"],
  output: ["dockerfile", "layer", "oci", "plan"],
  container: ["network", "oci"],
  program: ["container"],
  filter: [],
  network: ["filter"],
  registry: ["oci"],
  store: ["filter", "layer", "network", "oci"]
}

/** effect's modules that compute and do nothing else; the core may import these. */
const pureEffect =
  "node_modules/effect/.*/(Array|BigInt|Brand|Chunk|Data|Either|Encoding|Equal|Equivalence|FastCheck|Function|Hash|HashMap|HashSet|Match|Option|Order|ParseResult|Pipeable|Predicate|Record|Schema|SchemaAST|SortedMap|String|Struct|Types|Utils|JSONSchema|Number|Tuple|Iterable|Arbitrary)\\.(js|d\\.ts)$"

module.exports = {
  forbidden: [
    rule(
      "no-cycles",
      "A cycle has no bottom: move what both need into a module of its own.",
      {},
      { circular: true }
    ),
    rule(
      "core-is-pure",
      "The core is data and functions: no I/O, no services.",
      { path: "^src/core/" },
      { path: "^src/(main|cli|engine|edge)" }
    ),
    rule(
      "core-has-no-node",
      "The core runs anywhere; only the digest uses node's sha256.",
      { path: "^src/core/", pathNot: "^src/core/oci/Digest\\.ts$" },
      { dependencyTypes: ["core"] }
    ),
    rule(
      "core-imports-pure-effect",
      "Only effect's pure modules in the core.",
      { path: "^src/core/" },
      { path: "node_modules/", pathNot: pureEffect }
    ),
    rule(
      "edge-looks-down",
      "The edge knows the core only.",
      { path: "^src/edge/" },
      { path: "^src/(main|cli|engine)" }
    ),
    rule(
      "engine-looks-down",
      "Use cases know tags and the core, not the command line.",
      { path: "^src/engine/" },
      { path: "^src/(main|cli)" }
    ),
    rule(
      "nobody-imports-main",
      "main is the only wiring.",
      { path: "^src/(cli|engine|edge|core)" },
      { path: "^src/main" }
    ),
    rule(
      "koffi-at-home",
      "edge/linux is the only importer of koffi.",
      { path: "^src/", pathNot: "^src/edge/linux/" },
      { path: "node_modules/(koffi|@koromix)" }
    ),
    rule(
      "tar-stream-at-home",
      "edge/archive is the only importer of tar-stream.",
      { path: "^src/", pathNot: "^src/edge/archive/" },
      { path: "node_modules/tar-stream" }
    ),
    ...Object.entries(core).map(([room, seen]) =>
      rule(
        `core-${room}`,
        `core/${room} may look into: ${seen.join(", ") || "nothing"}.`,
        { path: `^src/core/${room}/` },
        { path: "^src/core/", pathNot: `^src/core/(${[room, ...seen].join("|")})/` }
      )
    )
  ],
  options: {
    // swc reads TypeScript 7 sources without the compiler's API and keeps `import type`.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    moduleSystems: ["es6"],
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"]
    }
  }
}
