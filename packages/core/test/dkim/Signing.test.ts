import { Attachment, Dkim, MailBackend, MailError, MailPolicy, Message, Mime, Outgoing } from "@effect-mail/core"
import * as Verifiers from "@effect-mail/test-kit/DkimVerifiers"
import { assert, describe, it } from "@effect/vitest"
import {
  Config,
  ConfigProvider,
  Effect,
  Either,
  Layer,
  Option,
  Redacted,
  Schedule,
  Schema,
  Stream,
  TestClock
} from "effect"
import { createHash } from "node:crypto"
import * as Keys from "./Keys.js"

const message = Message.make({
  from: "Ada <ada@example.com>",
  to: "bob@example.org",
  subject: "Hello",
  text: "Hello\n"
})

const passes = (octets: Uint8Array) =>
  Effect.map(Verifiers.mailauth(octets, Keys.dns), (verdicts) => assert.deepStrictEqual(verdicts, [true]))

const signedFor = (from: string, options: Dkim.SignOptions = {}) =>
  Effect.gen(function*() {
    const { backend, octets } = Keys.keeping(Dkim.sign(yield* Keys.rsa, options))
    const outcome = yield* Effect.either(backend.send(Message.from(message, from)))
    return { outcome, octets: octets[0] ?? new Uint8Array(0) }
  })

describe("Dkim.sign", () => {
  it.effect("signs for the author's domain and those below it, in whatever letters", () =>
    Effect.gen(function*() {
      for (
        const from of ["ada@example.com", "ada@mail.EXAMPLE.com", "\"a@b\"@example.com", "Ä <ada@a.b.example.com>"]
      ) {
        const { octets, outcome } = yield* signedFor(from)
        assert.isTrue(Either.isRight(outcome), from)
        yield* passes(octets)
      }
    }))

  it.effect("refuses what no key is for, or sends it unsigned where it is told to", () =>
    Effect.gen(function*() {
      for (const from of ["ada@notexample.com", "ada@example.com.evil.example", "ada@[192.0.2.1]", "ada@com"]) {
        const { octets, outcome } = yield* signedFor(from)
        assert.strictEqual(octets.length, 0)
        assert.deepInclude(Either.getOrThrow(Either.flip(outcome)), {
          _tag: "ConnectionError",
          reason: "Configuration"
        })
        const sent = yield* signedFor(from, { unsigned: "send" })
        assert.isTrue(Either.isRight(sent.outcome))
        assert.deepStrictEqual(Keys.tags(sent.octets, "d"), [])
      }
    }))

  it.effect("goes by the author whom the reader sees", () =>
    Effect.gen(function*() {
      const { backend } = Keys.keeping(Dkim.sign(yield* Keys.rsa))
      const spoofed = Message.header(message, "From", "eve@evil.example")
      assert.strictEqual((yield* Effect.flip(backend.send(spoofed)))._tag, "ConnectionError")
    }))

  it.effect("uses the keys of the closest domain", () =>
    Effect.gen(function*() {
      const { keys } = yield* Effect.all({
        keys: Effect.all([
          Keys.rsa,
          Effect.flatMap(Dkim.generate(), ({ privateKey }) =>
            Dkim.key({ domain: "mail.example.com", selector: "s", privateKey }))
        ])
      })
      const { backend, octets } = Keys.keeping(Dkim.sign(keys))
      yield* backend.sendAll([
        Message.from(message, "ada@x.mail.example.com"),
        Message.from(message, "ada@xmail.example.com")
      ])
      assert.deepStrictEqual(
        octets.flatMap((each) =>
          Keys.tags(each, "d")
        ),
        ["mail.example.com", "example.com"]
      )
    }))

  it.effect("takes the time from the clock, and leaves out the fields of `except`, but never From", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_795_514_400_999)
      const { octets } = yield* signedFor("ada@example.com", { except: ["Date", "message-id", "FROM"] })
      assert.deepStrictEqual(Keys.tags(octets, "t"), ["1795514400"])
      const [names = ""] = Keys.tags(octets, "h")
      assert.notMatch(names, /date|message-id/)
      assert.match(names, /^from:.*:from:/)
      yield* passes(octets)
    }))

  it.effect("signs once, in any order of the policies, and keeps the signature when it is sent again", () =>
    Effect.gen(function*() {
      const sign = Dkim.sign(yield* Keys.rsa)
      const retry = MailPolicy.retry(Schedule.recurs(2))
      for (const order of [(b: MailBackend.Service) => sign(retry(b)), (b: MailBackend.Service) => retry(sign(b))]) {
        const seen: Array<Uint8Array> = []
        const flaky = MailBackend.make({
          name: "flaky",
          open: Effect.succeed({
            deliver: (outgoing) =>
              Effect.flatMap(Mime.render(outgoing), (bytes) => {
                seen.push(bytes)
                return TestClock.adjust("1 minute").pipe(Effect.zipRight(
                  seen.length < 3
                    ? Effect.fail(new MailError.ConnectionError({ reason: "Lost", description: "gone" }))
                    : Effect.succeed(MailBackend.acceptAll(outgoing))
                ))
              })
          })
        })
        yield* order(flaky).send(message)
        assert.strictEqual(seen.length, 3)
        assert.deepStrictEqual(seen[2], seen[0])
        yield* passes(seen[2] ?? new Uint8Array(0))
      }
    }))

  it.effect("keeps the signature of what is stored, redirected or suppressed, and adds no second one", () =>
    Effect.gen(function*() {
      const key = yield* Keys.rsa
      const signed = yield* Dkim.signed(yield* Outgoing.prepare(message), key)
      const stored = yield* Schema.encode(Outgoing.Frozen)(yield* Outgoing.freeze(signed))
      const thawed = Outgoing.thaw(yield* Schema.decode(Outgoing.Frozen)(stored))
      const again = yield* Mime.render(yield* Dkim.signed(thawed, key))
      assert.deepStrictEqual(again, yield* Mime.render(signed))
      const narrowed = yield* Mime.render(Outgoing.narrow(signed, () => false))
      assert.deepStrictEqual(narrowed, again)
      yield* passes(again)
    }))

  it.effect("does not hide what was not checked", () =>
    Effect.gen(function*() {
      const { backend } = Keys.keeping(Dkim.sign(yield* Keys.rsa))
      const forged: Outgoing.Outgoing = JSON.parse("{\"envelope\":{\"to\":[]}}")
      const session = yield* backend.driver.open
      assert.strictEqual((yield* Effect.flip(session.deliver(forged)))._tag, "AttachmentError")
    }).pipe(Effect.scoped))
})

const mebibyte = 2 ** 20

const streaming = (stream: Stream.Stream<Uint8Array, Error>) =>
  Message.attach(message, Attachment.stream(stream, { filename: "a.bin" }))

describe("a streamed attachment", () => {
  it.effect("is signed in two passes, and passes in both verifiers", () =>
    Effect.gen(function*() {
      let runs = 0
      const chunk = new Uint8Array(65_521).fill(65)
      const stream = Stream.suspend(() => {
        runs++
        return Stream.range(1, 40).pipe(Stream.map(() => chunk))
      })
      const { backend, octets: [octets = new Uint8Array(0)] } = yield* Effect.map(Keys.rsa, (key) =>
        Keys.keeping(Dkim.sign(key))).pipe(Effect.tap(({ backend }) =>
          backend.send(streaming(stream))
        ))
      assert.strictEqual(backend.name, "keeping")
      assert.strictEqual(runs, 2)
      yield* passes(octets)
      if (Verifiers.hasDkimpy) assert.deepStrictEqual(yield* Verifiers.dkimpy([octets], Keys.dns), [[true]])
    }))

  it.effect("that gives other octets the second time is not sent, whichever way it is read", () =>
    Effect.gen(function*() {
      const changing = () => {
        let runs = 0
        return streaming(Stream.suspend(() => Stream.make(new Uint8Array([runs++]))))
      }
      const signed = Effect.flatMap(
        Keys.rsa,
        (key) =>
          Effect.flatMap(Effect.suspend(() => Outgoing.prepare(changing())), (outgoing) => Dkim.signed(outgoing, key))
      )
      const ways: ReadonlyArray<(outgoing: Outgoing.Outgoing) => Effect.Effect<unknown, MailError.AttachmentError>> = [
        Mime.render,
        (outgoing) => Stream.runDrain(Mime.stream(outgoing)),
        (outgoing) => Mime.runForEach(outgoing, () => Effect.void),
        Outgoing.freeze
      ]
      for (const way of ways) {
        const error = yield* Effect.flip(Effect.flatMap(signed, way))
        assert.strictEqual(error._tag, "AttachmentError")
        assert.match(String(Reflect.get(error, "cause")), /other octets/)
      }
    }))

  it.effect("that fails is not sent", () =>
    Effect.gen(function*() {
      const { backend, octets } = Keys.keeping(Dkim.sign(yield* Keys.rsa))
      const error = yield* Effect.flip(backend.send(streaming(Stream.fail(new Error("gone")))))
      assert.strictEqual(error._tag, "AttachmentError")
      assert.deepStrictEqual(octets, [])
    }))

  it.live("of 200 MiB is signed and sent in flat memory", () =>
    Effect.gen(function*() {
      const piece = new Uint8Array(mebibyte).fill(7)
      const stream = Stream.range(1, 200).pipe(Stream.map(() => piece))
      const seen = { octets: 0, most: 0 }
      const inUse = () => process.memoryUsage().arrayBuffers
      const before = inUse()
      const counting = MailBackend.make({
        name: "counting",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.as(
              Mime.runForEach(outgoing, (piece) =>
                Effect.sync(() => {
                  seen.octets += piece.length
                  seen.most = Math.max(seen.most, inUse() - before)
                })),
              MailBackend.acceptAll(outgoing)
            )
        })
      })
      yield* Dkim.sign(yield* Keys.rsa)(counting).send(streaming(stream)).pipe(
        Effect.provideService(Dkim.CryptoSetting, Option.some({ ...Dkim.webCrypto, hash: () => createHash("sha256") }))
      )
      assert.isAbove(seen.octets, 266 * mebibyte)
      assert.isBelow(seen.most, 32 * mebibyte)
    }), 240_000)
})

describe("Dkim.layerConfig", () => {
  const generated = Effect.map(Dkim.generate(), ({ privateKey, record }) => ({
    record,
    environment: ConfigProvider.fromMap(
      new Map([
        ["DKIM_DOMAIN", "Bücher.example"],
        ["DKIM_SELECTOR", "s1.eu"],
        ["DKIM_PRIVATE_KEY", Redacted.value(privateKey).replaceAll("\n", "\\n")]
      ])
    )
  }))

  it.effect("signs with what the environment says", () =>
    Effect.gen(function*() {
      const { environment, record } = yield* generated
      const { backend, octets } = Keys.keeping((inner) => inner)
      yield* Effect.flatMap(MailBackend.MailBackend, (signing) =>
        signing.send(Message.from(message, "ada@bücher.example"))).pipe(
          Effect.provide(Layer.provide(
            Dkim.layerConfig(Dkim.config),
            Layer.succeed(MailBackend.MailBackend, backend)
          )),
          Effect.withConfigProvider(environment)
        )
      const dns = { "s1.eu._domainkey.xn--bcher-kva.example": record }
      assert.deepStrictEqual(yield* Verifiers.mailauth(octets[0] ?? new Uint8Array(0), dns), [true])
    }))

  it.effect("fails where the environment says nothing", () =>
    Effect.gen(function*() {
      const { backend } = Keys.keeping((inner) => inner)
      const error = yield* Layer.build(Dkim.layerConfig({
        domain: Config.string("NOT_THERE"),
        selector: Config.succeed("s"),
        privateKey: Config.succeed(Redacted.make(""))
      })).pipe(
        Effect.scoped,
        Effect.provideService(MailBackend.MailBackend, backend),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
        Effect.flip
      )
      assert.notInstanceOf(error, Dkim.DkimKeyError)
    }))
})
