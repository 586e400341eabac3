import { NodeCrypto, Smtp } from "@effect-mail/backends"
import { Attachment, Dkim, Mail, MailBackend, MailPolicy, Message, Mime, Outgoing } from "@effect-mail/core"
import * as Verifiers from "@effect-mail/test-kit/DkimVerifiers"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted, Schedule, Stream } from "effect"

const { dns, keys } = Vectors.dkim

const rsa = Dkim.key({ ...keys.rsa, privateKey: Redacted.make(keys.rsa.pkcs8) })
const ed25519 = Dkim.key({ ...keys.ed25519, privateKey: Redacted.make(keys.ed25519.pkcs8) })

const message = Message.make({
  from: "Ada <ada@example.com>",
  to: "bob@example.org",
  subject: "Hello",
  text: "Hello, \t Bob  \n\n"
})

const streaming = (stream: Stream.Stream<Uint8Array, unknown>): Message.Message =>
  Message.attach(message, Attachment.stream(stream, { filename: "a.bin" }))

const signedOctets = (crypto: Dkim.CryptoProvider) =>
  Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(streaming(Stream.make(new Uint8Array(100_000).fill(7))))
    return yield* Mime.render(yield* Dkim.signed(outgoing, [yield* rsa, yield* ed25519]))
  }).pipe(Effect.provideService(Dkim.CryptoSetting, Option.some(crypto)))

describe("NodeCrypto", () => {
  it.effect("signs the same octets as WebCrypto does", () =>
    Effect.gen(function*() {
      // RSASSA-PKCS1-v1_5 gives one signature for one input.
      const pair = yield* Effect.promise(() =>
        crypto.subtle.generateKey(
          { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
          false,
          ["sign", "verify"]
        )
      )
      const octets = new TextEncoder().encode("from:ada@example.com\r\n")
      const by = (provider: Dkim.CryptoProvider) => provider.sign("rsa-sha256", pair.privateKey, octets)
      assert.deepStrictEqual(
        Array.from(yield* by(NodeCrypto.provider)),
        Array.from(yield* by(Dkim.webCrypto))
      )
      for (const length of [0, 1, 8192, 8193, 100_000]) {
        const some = new Uint8Array(length).fill(3)
        const hashed = (provider: Dkim.CryptoProvider) => {
          const hash = provider.hash()
          hash.update(some)
          return Array.from(hash.digest())
        }
        const digest = Array.from(yield* Dkim.webCrypto.digest(some))
        assert.deepStrictEqual(Array.from(yield* NodeCrypto.provider.digest(some)), digest)
        assert.deepStrictEqual(hashed(NodeCrypto.provider), digest)
        assert.deepStrictEqual(hashed(Dkim.webCrypto), digest)
      }
    }))

  it.effect("gives signatures that verify, with both kinds of keys", () =>
    Effect.gen(function*() {
      for (const crypto of [NodeCrypto.provider, Dkim.webCrypto, NodeCrypto.provider]) {
        assert.deepStrictEqual(yield* Verifiers.mailauth(yield* signedOctets(crypto), dns), [true, true])
      }
    }))

  it.scoped("is what Smtp signs by, through all policies, unless another one is set", () =>
    Effect.gen(function*() {
      const smtp = yield* Smtp.make({ host: "127.0.0.1" })
      const other = MailBackend.make({ name: "other", open: Effect.die("opened") })
      const through = [
        MailPolicy.retry(Schedule.recurs(1))(smtp),
        MailPolicy.concurrency(2)(smtp),
        MailPolicy.failover([other, smtp]),
        MailPolicy.weighted([[smtp, 1], [other, 1]])
      ]
      for (const { driver } of through) assert.strictEqual(driver.crypto, NodeCrypto.provider)
      assert.isUndefined(other.driver.crypto)
      let count = 0
      const counting: Dkim.CryptoProvider = {
        ...Dkim.webCrypto,
        sign: (...given) => Effect.zipRight(Effect.sync(() => void count++), Dkim.webCrypto.sign(...given))
      }
      const taking = (crypto?: Dkim.CryptoProvider) =>
        MailBackend.make({
          name: "taking",
          crypto,
          open: Effect.succeed({ deliver: (outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing)) })
        })
      const sign = Dkim.sign(yield* rsa)
      yield* sign(taking(counting)).send(message)
      assert.strictEqual(count, 1)
      yield* sign(taking(NodeCrypto.provider)).send(message).pipe(
        Effect.provideService(Dkim.CryptoSetting, Option.some(counting))
      )
      assert.strictEqual(count, 2)
    }))
})

describe("Smtp sends signed streams", () => {
  it.scopedLive("whose two readings gave the same octets", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      let readings = 0
      const stream = Stream.suspend(() => {
        readings++
        return Stream.range(1, 200).pipe(Stream.map((n) => new Uint8Array(1000).fill(n)))
      })
      yield* Mail.send(streaming(stream)).pipe(
        Effect.provide(server.layer().pipe(MailPolicy.apply(Dkim.sign(yield* rsa))))
      )
      assert.strictEqual(readings, 2)
      assert.strictEqual(server.received.length, 1)
      assert.deepStrictEqual(
        yield* Verifiers.mailauth(server.received[0]?.bytes ?? new Uint8Array(0), dns),
        [true]
      )
    }))

  it.scopedLive("and nothing where one octet differs at the second reading, even the last", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const changing = (...endings: ReadonlyArray<Uint8Array>) => {
        let readings = 0
        return streaming(Stream.suspend(() =>
          Stream.concat(
            Stream.range(1, 50).pipe(Stream.map(() => new Uint8Array(1000))),
            Stream.make(endings[readings++] ?? new Uint8Array(0))
          )
        ))
      }
      const cases = [
        changing(Uint8Array.of(1), Uint8Array.of(2)),
        changing(Uint8Array.of(1), new Uint8Array(0)),
        changing(new Uint8Array(0), Uint8Array.of(1))
      ]
      yield* Effect.gen(function*() {
        for (const each of cases) {
          const error = yield* Effect.flip(Mail.send(each))
          assert.strictEqual(error._tag, "AttachmentError")
          assert.match(String(Reflect.get(error, "cause")), /other octets/)
        }
        assert.deepStrictEqual(server.received, [])
        // The backend goes on: the broken message has cost its connection only.
        yield* Mail.send(message)
        assert.strictEqual(server.received.length, 1)
      }).pipe(Effect.provide(server.layer().pipe(MailPolicy.apply(Dkim.sign(yield* rsa)))))
    }))
})
