/**
 * A message as it is read after it was sent: by the reader of an independent author, by the strict one, and as octets.
 */
import type { Attachment } from "@effect-mail/core"
import { Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as PostalMime from "@effect-mail/test-kit/PostalMimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { binary } from "@effect-mail/test-kit/WireReader"
import { assert } from "@effect/vitest"
import { Effect } from "effect"

export const readBack = (message: Message.Message) =>
  Effect.gen(function*() {
    const { bytes, entity, outgoing } = yield* render(message)
    const email = yield* PostalMime.read(bytes)
    return { bytes, email, entity, outgoing, octets: binary(bytes) }
  })

export const refused = (message: Message.Message) =>
  Effect.flip(Effect.zipRight(render(message), Effect.die("the message was accepted")))

/** Ada's message to Bob, with these parts changed or added. */
export const letter = (options: Message.Options = {}): Message.Message =>
  Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob\n", ...options })

/** Checks the values of header fields in the message; `undefined` where a field must be absent. */
export const hasFields = (message: Message.Message, fields: Readonly<Record<string, string | undefined>>) =>
  Effect.map(readBack(message), ({ entity }) => {
    for (const [name, value] of Object.entries(fields)) {
      assert.strictEqual(MimeReader.header(entity, name), value, name)
    }
  })

/** The one part that an attachment becomes, beside the text of the letter. */
export const attached = (attachment: Attachment.Attachment) =>
  Effect.map(readBack(letter({ attachments: [attachment] })), ({ bytes, email, entity }) => {
    assert.strictEqual(entity.children.length, 2)
    const [part = assert.fail("no attachment is read")] = email.attachments
    assert.strictEqual(email.attachments.length, 1)
    return { bytes, part, octets: PostalMime.octets(part), entity: entity.children[1] ?? entity }
  })

/** What a list of addresses in the header is read as. */
export const mailboxes = (list: PostalMime.Email["to"]): ReadonlyArray<readonly [name: string, address?: string]> =>
  (list ?? []).map(({ address, name }) => address === undefined ? [name] : [name, address])
