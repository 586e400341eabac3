import { Attachment, Dkim, Message, Mime, Outgoing } from "@effect-mail/core"
import * as Verifiers from "@effect-mail/test-kit/DkimVerifiers"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Option } from "effect"
import * as Keys from "./dkim/Keys.js"

const signedPart = [
  "Content-Type: multipart/signed; protocol=\"application/pgp-signature\";",
  " micalg=pgp-sha256; boundary=x",
  "",
  "--x",
  "Content-Type: text/plain",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "Caf=C3=A9",
  "--x",
  "Content-Type: application/pgp-signature",
  "",
  "-----BEGIN PGP SIGNATURE-----",
  "--x--",
  ""
].join("\r\n")

const base = Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "Signed" })

describe("Message.part", () => {
  it.effect("is the whole content where there is nothing else, octet for octet", () =>
    Effect.gen(function*() {
      const { bytes, entity } = yield* render(Message.part(base, signedPart))
      assert.isTrue(new TextDecoder().decode(bytes).endsWith(`\r\nMIME-Version: 1.0\r\n${signedPart}`))
      assert.strictEqual(MimeReader.structure(entity), "signed(text/plain, application/pgp-signature)")
      const other = yield* render(Message.part(new TextEncoder().encode(signedPart.replaceAll("\r\n", "\n")))(base))
      assert.isTrue(new TextDecoder().decode(other.bytes).endsWith(signedPart))
    }))

  it.effect("takes its place among the other forms and attachments", () =>
    Effect.gen(function*() {
      const message = base.pipe(
        Message.text("x"),
        Message.part(signedPart),
        Message.attach(Attachment.text("y", { filename: "a.txt" }))
      )
      const { entity, outgoing } = yield* render(message)
      assert.match(
        MimeReader.structure(entity),
        /^mixed\(alternative\(text\/plain, signed\(.*\)\), text\/plain\)$/
      )
      assert.strictEqual(Option.getOrThrow(Outgoing.letter(outgoing)).alternatives[0]?.isReady, true)
      const signed = yield* Mime.render(yield* Dkim.signed(outgoing, yield* Keys.rsa))
      assert.deepStrictEqual(yield* Verifiers.mailauth(signed, Keys.dns), [true])
    }))

  it.effect("asks for 8BITMIME where it needs it", () =>
    Effect.gen(function*() {
      const { outgoing } = yield* render(
        Message.part(
          base,
          "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00e9\r\n"
        )
      )
      assert.isTrue(outgoing.eightBit)
    }))

  it.effect("is refused where it could be read as something else", () =>
    Effect.gen(function*() {
      const refused: ReadonlyArray<string> = [
        "",
        "Hello",
        "\r\nHello",
        "Content-Type: text/plain",
        "Content-Transfer-Encoding: 7bit\r\n\r\nx",
        "Content-Type: text/plain\r\nSubject: x\r\n\r\nx",
        "Bcc: eve@evil.example\r\nContent-Type: text/plain\r\n\r\nx",
        "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx",
        "Content-Type: none\r\n\r\nx",
        "Content-Type: text/plain; x=\u00e9\r\n\r\nx",
        "Content-Type: text/plain\r\n\r\n\0",
        `Content-Type: text/plain\r\n\r\n${"x".repeat(999)}`,
        `Content-Type: text/plain\r\n\r\n${"x\r\n".repeat(1_500_000)}`
      ]
      for (const part of refused) {
        const error = yield* Effect.flip(Outgoing.prepare(Message.part(base, part)))
        assert.strictEqual(error._tag, "InvalidMessageError", part.slice(0, 60))
      }
      const none: string = JSON.parse("7")
      assert.strictEqual((yield* Effect.flip(Outgoing.prepare(Message.part(base, none))))._tag, "AttachmentError")
    }))

  it.effect.prop(
    "never holds the boundary around it",
    [fc.constantFrom("--=_", "=_", "x")],
    ([text]) =>
      Effect.gen(function*() {
        const part = `Content-Type: text/plain\r\n\r\n${text}\r\n`
        const { entity } = yield* render(base.pipe(Message.text("a"), Message.part(part), Message.part(part)))
        assert.strictEqual(entity.children.length, 3)
      })
  )
})
