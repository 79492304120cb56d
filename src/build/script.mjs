/** What Node has loaded before it runs us, or loads in no time. */
const light = /^(?:\.|node:(?:fs|module|os|path|process|url|util|v8|vm)$)/

/**
 * Rewrites a chunk of esbuild's (an ES module: imports first, one export list last) as a function of
 * (exports, require, module, $url, $performance) that vm.Script can run. Imported names become constants, which is right because no
 * module here exports a name that it assigns again, and spares the getters of esbuild's own CommonJS output.
 * A heavy module of Node's that is imported as a namespace is loaded when something of it is first used.
 */
export const asScript = (source) => {
  const required = []
  const names = (list) => list.replaceAll(/\s+as\s+/g, ":")
  let body = source
    .trim()
    .replace(
      /(?<=^|[;}\n])import(?:(?:\*as ([\w$]+)|\s([\w$]+))?,?(?:\{([^}]*)\})?\s*from)?"([^"]+)";?/g,
      (_, namespace, fallback, list, from) => {
        const targets = [namespace, fallback, list && `{${names(list)}}`].filter(Boolean)
        const isLate =
          namespace !== undefined && fallback === undefined && list === undefined && !light.test(from)
        const call = isLate ? `require.late("${from}")` : `require("${from}")`
        required.push(
          targets.length === 0 ? `${call};` : `const ${targets.map((to) => `${to}=${call}`).join(",")};`
        )
        return ""
      }
    )
  let exported = ""
  body = body.replace(/export\{([^}]*)\};?$/, (_, list) => {
    const entries = list
      .split(",")
      .filter(Boolean)
      .map((entry) => {
        const [local, outside = local] = entry.split(/\s+as\s+/)
        return `${outside}:${local}`
      })
    exported = `module.exports={${entries.join(",")}}`
    return ""
  })
  // A package outside the bundle is CommonJS: its exports are what import() calls the default.
  body = body
    .replace(/\bimport\("(\.\/[^"]+)"\)/g, 'Promise.resolve().then(()=>require("$1"))')
    .replace(
      /\bimport\("([^."][^"]*)"\)/g,
      'Promise.resolve().then(()=>({...require("$1"),default:require("$1")}))'
    )
  return `(function(exports,require,module,$url,$performance){"use strict";${required.join("")}${body};${exported}})`
}
