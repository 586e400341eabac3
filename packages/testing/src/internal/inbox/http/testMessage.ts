import * as Message from "@effect-mail/core/Message"
import * as Mime from "@effect-mail/core/Mime"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"

const text = `Hello,

this message came from the inbox itself, to show what arrives where. Mail that your programs send appears the same way.

Reading pane, text, parts, headers, source, dialogue and checks are the tabs above.
`

const html = `<!doctype html><html><body style="margin:0;font:15px/1.6 Georgia,serif;color:#222">
<div style="background:#1f3b2d;color:#fff;padding:26px 32px;font:600 20px Georgia,serif">A test message</div>
<div style="padding:26px 32px"><p style="margin-top:0">Hello,</p>
<p>this message came from the inbox itself, to show what arrives where. Mail that your programs send appears the same
way.</p><p>Reading pane, text, parts, headers, source, dialogue and checks are the tabs above.</p></div></body></html>`

/** The octets of a message that is good in every way. */
export const testMessage: Effect.Effect<Uint8Array> = Message.make({
  from: "effect-mail <inbox@example.com>",
  to: "You <you@example.com>",
  subject: "A test message",
  text,
  html
}).pipe(Outgoing.prepare, Effect.flatMap((outgoing) => Mime.render(outgoing)), Effect.orDie)
