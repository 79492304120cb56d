/** The package's version; the build checks that package.json says the same. */
export const version = "0.1.0"
