import * as fs from "node:fs"
import { syncFileSystem } from "../../linux/SyncFileSystem.js"
import { crashPoint } from "./CrashPoint.js"

/**
 * Writes a store's file system to disk. Those who ask while a sync is under way share the next one, as the one under way
 * may have begun before their last write.
 */
export class FileSystemSync {
  private running: Promise<void> | undefined
  private next: Promise<void> | undefined

  constructor(private readonly root: string) {}

  sync(): Promise<void> {
    crashPoint()
    if (this.running === undefined) return this.start()
    this.next ??= this.running.then(
      () => this.start(),
      () => this.start()
    )
    return this.next
  }

  private start(): Promise<void> {
    this.next = undefined
    const fd = fs.openSync(this.root, "r")
    const mine = syncFileSystem(fd).finally(() => {
      fs.closeSync(fd)
      if (this.running === mine) this.running = undefined
    })
    this.running = mine
    return mine
  }
}
