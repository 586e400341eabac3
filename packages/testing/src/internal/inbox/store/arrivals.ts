import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type FSWatcher, promises as fs, watch } from "node:fs"
import { join } from "node:path"
import type { Change, Found } from "./storage.js"

/** A file that is being copied changes; one that has not for so long is taken. */
const settling = "100 millis"
/** How often a folder is looked at where the system does not tell of changes. */
const polling = "2 seconds"

/** What is known of a folder, so that what others put there is told from the rest. */
export class Contents {
  /** The names that were seen, or written by the inbox itself, with the keys of their messages. */
  readonly known = new Map<string, ReadonlyArray<string>>()
  /** Names that the inbox itself writes or removes at the moment. */
  private readonly busy = new Set<string>()
  /** What is new or has changed, with its size and time when it was looked at last. */
  private readonly pending = new Map<string, string>()
  private readonly signatures = new Map<string, string>()

  constructor(
    private readonly directory: string,
    private readonly read: (name: string) => Promise<ReadonlyArray<Found>>
  ) {}

  /** Runs what the inbox itself does to a file; afterwards the file is known, or not there. */
  async own(name: string, key: string | undefined, run: () => Promise<void>): Promise<void> {
    this.busy.add(name)
    try {
      await run()
      if (key === undefined) this.known.delete(name)
      else this.known.set(name, [key])
    } finally {
      this.busy.delete(name)
    }
  }

  private async signatureOf(name: string): Promise<string | undefined> {
    try {
      const { mtimeMs, size } = await fs.lstat(join(this.directory, name))
      return `${size} ${mtimeMs}`
    } catch {
      return undefined
    }
  }

  /** The messages of a file that were not seen before. A file of the File backend grows; others are read once. */
  private async newIn(name: string): Promise<ReadonlyArray<Found>> {
    const seen = new Set(this.known.get(name))
    try {
      const all = await this.read(name)
      this.known.set(name, all.map(({ key }) => key))
      return all.filter(({ key }) => !seen.has(key))
    } catch {
      // A link, or a file that may not be read.
      this.known.set(name, [])
      return []
    }
  }

  /** What has changed since the last look. */
  async look(names: () => Promise<ReadonlyArray<string>>): Promise<Change> {
    const before = Array.from(this.known.keys())
    const present = new Set(await names())
    const gone: Array<string> = []
    for (const name of before) {
      if (present.has(name) || this.busy.has(name)) continue
      gone.push(...this.known.get(name) ?? [])
      this.known.delete(name)
    }
    const added: Array<Found> = []
    for (const name of present) {
      if (this.busy.has(name) || (this.known.has(name) && !name.endsWith(".log"))) continue
      const signature = await this.signatureOf(name)
      if (signature === undefined || this.signatures.get(name) === signature) continue
      if (this.pending.get(name) !== signature) {
        this.pending.set(name, signature)
        continue
      }
      this.pending.delete(name)
      if (name.endsWith(".log")) this.signatures.set(name, signature)
      if (!this.busy.has(name)) added.push(...await this.newIn(name))
    }
    for (const name of this.pending.keys()) if (!present.has(name)) this.pending.delete(name)
    return { added, gone }
  }

  get isSettled(): boolean {
    return this.pending.size === 0
  }
}

const watching = (
  directory: string,
  onChange: () => void
): Effect.Effect<FSWatcher | undefined, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      try {
        const watcher = watch(directory, { persistent: false }, onChange)
        // The folder itself is gone: looking at it says so.
        watcher.on("error", onChange)
        return watcher
      } catch {
        return undefined
      }
    }),
    (watcher) => Effect.sync(() => watcher?.close())
  )

/** What others put into a folder and take out of it. */
export const changesOf = (
  directory: string,
  contents: Contents,
  names: () => Promise<ReadonlyArray<string>>
): Stream.Stream<Change> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const queue = yield* Queue.sliding<void>(1)
    const watcher = yield* watching(directory, () => queue.unsafeOffer(undefined))
    const next = watcher === undefined ? Effect.sleep(polling) : Queue.take(queue)
    const look = Effect.suspend(() => contents.isSettled ? next : Effect.sleep(settling)).pipe(
      Effect.zipRight(Effect.promise(() => contents.look(names).catch(() => ({ added: [], gone: [] }))))
    )
    // What came before the folder was watched is found by the first look.
    queue.unsafeOffer(undefined)
    return Stream.filter(Stream.repeatEffect(look), ({ added, gone }) => added.length + gone.length > 0)
  }))
