import type { Readable, Writable } from "node:stream"
import * as Effect from "effect/Effect"
import type { LogStream } from "./LogEntry.js"
import type { LogWriter } from "./LogFile.js"

/** Someone who watches a container's output. Either stream may be left out. */
export interface Audience {
  readonly stdout: Writable | undefined
  readonly stderr: Writable | undefined
}

/**
 * Moves a container's output to its log and to everyone who watches, in one pass and without copying: a chunk is logged,
 * then written to each audience. Nothing is lost and nothing is held: an audience that is slow makes the container wait,
 * one that is gone (closed pipe) is left out.
 */
export class Relay {
  private readonly audiences = new Set<Audience>()
  private readonly waitingFor = new Map<Readable, Set<Writable>>()
  private readonly sources: Array<readonly [LogStream, Readable]> = []
  private open = 0
  private isComplete = false
  private readonly closing: Array<() => void> = []

  constructor(
    private readonly log: LogWriter | undefined,
    private readonly now: () => number
  ) {}

  /** Begins to move what the container writes. Called once. */
  begin(stdout: Readable | undefined, stderr: Readable | undefined): void {
    this.isComplete = true
    if (stdout !== undefined) this.sources.push(["stdout", stdout])
    if (stderr !== undefined) this.sources.push(["stderr", stderr])
    this.open = this.sources.length
    for (const [stream, source] of this.sources) this.read(stream, source)
    this.settle()
  }

  /** Sends the output from now on to `audience` as well; gives what ends that. */
  join(audience: Audience): () => void {
    this.audiences.add(audience)
    return () => this.leave(audience)
  }

  /** Completes when every source has reached its end and has been logged. */
  readonly finished: Effect.Effect<void> = Effect.async((resume) => {
    this.closing.push(() => resume(Effect.void))
    this.settle()
  })

  private settle(): void {
    if (this.isComplete && this.open === 0) for (const done of this.closing.splice(0)) done()
  }

  private read(stream: LogStream, source: Readable): void {
    let over = false
    const end = () => {
      if (over) return
      over = true
      this.open--
      this.settle()
    }
    source.on("data", (chunk: Buffer) => {
      this.log?.append(stream, chunk, this.now())
      for (const audience of this.audiences) {
        const sink = audience[stream]
        if (sink !== undefined && !sink.write(chunk)) this.waitFor(source, sink)
      }
    })
    source.on("end", end)
    source.on("close", end)
    // A pseudo terminal whose other side is closed reports EIO: that is its end.
    source.on("error", end)
  }

  private waitFor(source: Readable, sink: Writable): void {
    const waiting = this.waitingFor.get(source) ?? new Set()
    this.waitingFor.set(source, waiting)
    if (waiting.has(sink)) return
    waiting.add(sink)
    source.pause()
    const release = () => {
      sink.off("drain", release)
      sink.off("close", release)
      sink.off("error", release)
      this.release(source, sink)
    }
    sink.on("drain", release)
    sink.on("close", release)
    sink.on("error", release)
  }

  private release(source: Readable, sink: Writable): void {
    const waiting = this.waitingFor.get(source)
    if (waiting?.delete(sink) && waiting.size === 0) source.resume()
  }

  private leave(audience: Audience): void {
    if (!this.audiences.delete(audience)) return
    for (const [stream, source] of this.sources) {
      const sink = audience[stream]
      if (sink !== undefined) this.release(source, sink)
    }
  }
}
