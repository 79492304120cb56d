const decimal = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

/** `digits` significant ones, without trailing zeros: Go's `%.*g` for the numbers that occur here. */
const significant = (value: number, digits: number): string => String(Number(value.toPrecision(digits)))

const scaled = (bytes: number, base: number, units: ReadonlyArray<string>, digits: number): string => {
  let value = bytes
  let unit = 0
  // Rounding counts: 999.9 kB is 1 MB, where Go's formatting would say 1e+03kB.
  while (Number(value.toPrecision(digits)) >= base && unit < units.length - 1) {
    value /= base
    unit++
  }
  return `${significant(value, digits)}${units[unit]}`
}

/** A size in powers of 1000 as Docker's tables show it: `0B`, `13.3kB`, `5.57MB`. */
export const decimalSize = (bytes: number, digits = 3): string => scaled(bytes, 1000, decimal, digits)

/** A size in powers of 1024, as memory limits are shown: `512MiB`, `1.944GiB`. */
export const binarySize = (bytes: number, digits = 4): string => scaled(bytes, 1024, binary, digits)
