import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Preview } from "../model/preview.js"
import type { Mailbox } from "../store/mailbox.js"
import type { StorageError } from "../store/storage.js"

/**
 * A message that a program would make.
 *
 * - `id`: `./mails/welcome.ts#welcome`, another one for each
 * - `schema`: the JSON Schema of its parameters, of which the page makes a form
 * - `params`: what it is made with at first; `locales`: the choices, the first of which is used at first
 * - `render`: makes its octets; fails with what to show a person
 *
 * @since 0.1.0
 * @category models
 */
export interface PreviewSource {
  readonly id: string
  readonly file: string
  readonly name: string
  readonly schema: unknown
  readonly params: unknown
  readonly locales: ReadonlyArray<string>
  readonly render: (params: unknown, locale: string | undefined) => Effect.Effect<Uint8Array, string>
}

interface Shown {
  readonly source: PreviewSource
  readonly preview: Preview
}

const maxError = 4_000

/** The previews of an inbox, each with the message that shows it. */
export class PreviewShelf {
  private shown = new Map<string, Shown>()

  constructor(private readonly mailbox: Mailbox) {}

  get list(): ReadonlyArray<Preview> {
    return Array.from(this.shown.values(), ({ preview }) => preview)
  }

  private get publish(): Effect.Effect<void> {
    return Effect.suspend(() => this.mailbox.publish({ _tag: "Previews", previews: this.list }))
  }

  /** Makes a preview, in the place of the message that showed it. Where it fails, that one stays. */
  private make(
    source: PreviewSource,
    params: unknown,
    locale: string | null,
    before: number | null
  ): Effect.Effect<Preview, StorageError> {
    const { file, id, locales, name, schema } = source
    const preview = { id, file, name, schema: schema ?? null, locales, params: params ?? null, locale }
    return Effect.gen(this, function*() {
      const octets = yield* Effect.either(source.render(params ?? undefined, locale ?? undefined))
      if (octets._tag === "Left") return { ...preview, message: before, error: octets.left.slice(0, maxError) }
      const transmission = this.mailbox.foreign(octets.right, yield* Clock.currentTimeMillis, "preview")
      const { id: message } = yield* this.mailbox.add(octets.right, transmission)
      if (before !== null) yield* this.mailbox.remove([before])
      return { ...preview, message, error: null }
    })
  }

  /** Shows these instead of the earlier ones. What was chosen for one that stays is kept. */
  replace(sources: ReadonlyArray<PreviewSource>): Effect.Effect<void, StorageError> {
    return Effect.gen(this, function*() {
      const earlier = this.shown
      const next = new Map<string, Shown>()
      for (const source of sources) {
        const known = earlier.get(source.id)?.preview
        const params = known?.params ?? source.params
        const locale = known?.locale ?? source.locales[0] ?? null
        next.set(source.id, { source, preview: yield* this.make(source, params, locale, known?.message ?? null) })
      }
      const gone = Array.from(earlier.values()).filter(({ preview: { id } }) => !next.has(id))
        .flatMap(({ preview: { message } }) => message === null ? [] : [message])
      this.shown = next
      yield* this.mailbox.remove(gone)
      yield* this.publish
    })
  }

  /** Undefined where there is no such preview. */
  render(id: string, params: unknown, locale: string | null): Effect.Effect<Preview | undefined, StorageError> {
    return Effect.gen(this, function*() {
      const known = this.shown.get(id)
      if (known === undefined) return undefined
      const { preview: { message }, source } = known
      const preview = yield* this.make(source, params, locale, message)
      this.shown.set(id, { source, preview })
      yield* this.publish
      return preview
    })
  }
}
