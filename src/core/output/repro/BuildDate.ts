const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const longMonths = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December"
]

const two = (value: number): string => String(value).padStart(2, "0")

/** The ways in which commands, compilers and people write the (UTC) day of a time in milliseconds since 1970. */
export const spellings = (millis: number): ReadonlyArray<string> => {
  const date = new Date(millis)
  const year = date.getUTCFullYear()
  const at = date.getUTCMonth()
  const day = date.getUTCDate()
  const [dd, mm, yy] = [two(day), two(at + 1), two(year % 100)]
  const [month = "", long = ""] = [months[at], longMonths[at]]
  return [
    `${year}-${mm}-${dd}`,
    `${year}/${mm}/${dd}`,
    `${year}.${mm}.${dd}`,
    `${year}${mm}${dd}`,
    `${mm}/${dd}/${year}`,
    `${dd}/${mm}/${year}`,
    `${dd}.${mm}.${year}`,
    `${mm}/${dd}/${yy}`,
    // C's __DATE__ has a blank before one digit.
    `${month} ${String(day).padStart(2)} ${year}`,
    `${month} ${day}, ${year}`,
    `${long} ${day}, ${year}`,
    `${dd} ${month} ${year}`,
    `${day} ${month} ${year}`,
    `${day} ${long} ${year}`
  ]
}

const decoder = new TextDecoder("latin1")

/** The first of the spellings that some content has, not as a part of a longer number; undefined for none. */
export const found = (content: Uint8Array, all: ReadonlyArray<string>): string | undefined => {
  const text = decoder.decode(content)
  const isDigit = (character: string) => character >= "0" && character <= "9"
  return all.find((spelling) => {
    for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1))
      if (!isDigit(text.charAt(at - 1)) && !isDigit(text.charAt(at + spelling.length))) return true
    return false
  })
}
