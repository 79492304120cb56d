/** A span of time as Docker says it, "About a minute", "3 weeks". The input is in milliseconds. Source: docker/go-units. */
export const duration = (span_ms: number): string => {
  const seconds = Math.trunc(span_ms / 1000)
  if (seconds < 1) return "Less than a second"
  if (seconds === 1) return "1 second"
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.trunc(seconds / 60)
  if (minutes === 1) return "About a minute"
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.trunc(span_ms / 3_600_000 + 0.5)
  if (hours === 1) return "About an hour"
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`
  return `${Math.trunc(span_ms / 3_600_000 / 24 / 365)} years`
}

/** `duration` with " ago"; `N/A` for a time that no clock ever showed (images without a creation time). */
export const ago = (then_ms: number | undefined, now_ms: number): string =>
  then_ms === undefined || Number.isNaN(then_ms) || then_ms <= 0
    ? "N/A"
    : `${duration(Math.max(0, now_ms - then_ms))} ago`

const two = (number: number) => String(number).padStart(2, "0")

/** A time as Go prints it by default in UTC: `2020-01-03 01:21:37 +0000 UTC`. */
export const goTime = (time_ms: number): string => {
  const time = new Date(time_ms)
  const day = `${time.getUTCFullYear()}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}`
  return `${day} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000 UTC`
}
