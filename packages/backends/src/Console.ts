/**
 * A backend that shows messages instead of sending them: on Effect's `Console`, or through any sink of bytes. Each
 * message is followed by a line feed, 79 hyphens and a line feed.
 *
 * @since 0.1.0
 */
import * as Envelope from "@effect-mail/core/Envelope"
import * as MailBackend from "@effect-mail/core/MailBackend"
import { ConnectionError } from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as TerminalText from "@effect-mail/core/TerminalText"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as BackendDefinition from "./BackendDefinition.js"
import { onlyScheme } from "./internal/config/url.js"
import { envelopeLines } from "./internal/output/envelope.js"
import * as Separator from "./internal/output/separator.js"

/**
 * - `sink`: where the messages go. Default: Effect's `Console`. It is run once for each message, on one chunk: the
 *   bytes that SMTP would carry, and the separator. A message counts as sent when the sink has ended, and no two runs
 *   overlap.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly sink?: Sink.Sink<unknown, Uint8Array, unknown, unknown> | undefined
}

type Write = (outgoing: Outgoing.Outgoing, record: Uint8Array) => Effect.Effect<void, ConnectionError>

/** One call for each message, so that nothing comes in between; the console itself writes the last line feed. */
const toConsole: Write = (outgoing, record) =>
  Console.log(
    `${envelopeLines(Envelope.of(outgoing), Outgoing.blindCopies(outgoing))}\n\n${
      TerminalText.lines(new TextDecoder("utf-8", { ignoreBOM: true }).decode(record.subarray(0, -1)))
    }`
  )

const toSink = (sink: NonNullable<Options["sink"]>): Write => (_, record) =>
  Stream.run(Stream.make(record), sink).pipe(
    Effect.mapError((cause) =>
      new ConnectionError({ reason: "Io", description: "the message could not be written to the sink", cause })
    ),
    Effect.asVoid
  )

/**
 * A backend that writes each message to Effect's `Console`, or to a sink. A `Console` is taken for a terminal. It is told
 * the envelope first, as the MAIL and RCPT commands of SMTP, with a note at each recipient that the header does not name;
 * and what a terminal would obey or hide is shown as `TerminalText.lines` shows it (`␛`, `⟨U+202E⟩`), and octets that are
 * not UTF-8 as U+FFFD. A sink gets the very bytes, and no envelope.
 *
 * A message is rendered as a whole before it is written, so that nothing is shown of one whose attachment fails.
 * Each recipient is reported as accepted, without a reply.
 *
 * Sending fails with `ConnectionError` of reason `Io` when the sink fails.
 *
 * @example
 * ```ts
 * import { Console } from "@effect-mail/backends"
 * import { Effect, Sink } from "effect"
 *
 * const counting = Console.make({
 *   sink: Sink.forEach((bytes: Uint8Array) => Effect.log(`a message of ${bytes.length} octets`))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ sink }: Options = {}): Effect.Effect<MailBackend.Service> =>
  Effect.map(Effect.makeSemaphore(1), (lock) => {
    const write = sink === undefined ? toConsole : toSink(sink)
    return MailBackend.make({
      name: "console",
      open: Effect.succeed({
        deliver: (outgoing) =>
          Mime.render(outgoing).pipe(
            Effect.flatMap((bytes) => lock.withPermits(1)(write(outgoing, Separator.append(bytes)))),
            Effect.as(MailBackend.acceptAll(outgoing))
          )
      })
    })
  })

/**
 * Shows messages on Effect's `Console` instead of sending them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<MailBackend.MailBackend> = Layer.effect(MailBackend.MailBackend, make())

/**
 * Shows messages through a sink instead of sending them.
 *
 * @example
 * ```ts
 * import { Console } from "@effect-mail/backends"
 * import { NodeSink } from "@effect/platform-node"
 *
 * const onStandardError = Console.layerSink(NodeSink.stderr)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSink = (
  sink: Sink.Sink<unknown, Uint8Array, unknown, unknown>
): Layer.Layer<MailBackend.MailBackend> => Layer.effect(MailBackend.MailBackend, make({ sink }))

/**
 * How configuration chooses this backend.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "console",
  schemes: [{ name: "console", form: "console:", meaning: "shows messages on Effect's `Console`" }],
  config: Effect.void,
  fromUrl: onlyScheme,
  make: () => make()
})
