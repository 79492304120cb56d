/** Chunks of a tar that are gathered before they are handed on. */
const gatherBytes = 256 * 1024

/** Runs a generator that hands bytes to its sink, and gives the bytes in chunks. */
export async function* gather(start: (sink: (chunk: Uint8Array) => void) => Iterator<unknown, unknown>) {
  let parts: Array<Uint8Array> = []
  let size = 0
  const steps = start((chunk) => {
    parts.push(Uint8Array.from(chunk))
    size += chunk.length
  })
  for (let isDone = false; !isDone; ) {
    while (!isDone && size < gatherBytes) isDone = steps.next().done === true
    if (size > 0) yield Buffer.concat(parts)
    parts = []
    size = 0
  }
}
