import { Webhook } from "@effect-mail/inbound"
import { HttpApp, HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, FastCheck as fc, Redacted, TestClock } from "effect"
import * as Crypto from "node:crypto"
import * as Certificate from "./Certificate.js"

const start = 1_795_514_400_000

const octets = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body))

interface Case {
  readonly receiver: Effect.Effect<Webhook.Receiver, unknown>
  /** A request that is signed at a time in seconds. */
  readonly sign: (body: unknown, seconds: number) => Webhook.Incoming
  /** An event of each type, as the provider writes it. */
  readonly events: ReadonlyArray<readonly [expected: Partial<Webhook.Event>, body: unknown]>
  readonly isTimed: boolean
  readonly coversBody: boolean
}

const key = Crypto.randomBytes(24)

const resend: Case = {
  receiver: Webhook.resend({ secret: Redacted.make(`whsec_${key.toString("base64")}`) }),
  isTimed: true,
  coversBody: true,
  sign: (body, seconds) => {
    const octetsOf = octets(body)
    const id = Crypto.createHash("sha1").update(octetsOf).digest("hex")
    const signature = Crypto.createHmac("sha256", key).update(`${id}.${seconds}.`).update(octetsOf).digest("base64")
    return {
      body: octetsOf,
      headers: { "svix-id": id, "svix-timestamp": String(seconds), "svix-signature": `v1,AAAA v1,${signature}` }
    }
  },
  events: [
    [{ type: "delivered", recipient: "bob@example.org", remoteId: "1" }, {
      type: "email.delivered",
      created_at: "2026-11-24T10:00:00Z",
      data: { email_id: "1", to: ["bob@example.org"] }
    }],
    [{ type: "bounced", kind: "Hard" }, {
      type: "email.bounced",
      data: { to: ["bob@example.org"], bounce: { type: "Permanent", message: "no" } }
    }],
    [{ type: "clicked", url: "https://e.com" }, {
      type: "email.clicked",
      data: { to: ["bob@example.org"], click: { link: "https://e.com" } }
    }],
    [{ type: "unknown" }, { type: "email.sent", data: {} }]
  ]
}

const ecdsa = Crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })

const sendGrid: Case = {
  receiver: Webhook.sendGrid({ publicKey: ecdsa.publicKey.export({ type: "spki", format: "der" }).toString("base64") }),
  isTimed: true,
  coversBody: true,
  sign: (body, seconds) => {
    const octetsOf = octets(Array.isArray(body) ? body : [body])
    const signature = Crypto.createSign("sha256").update(String(seconds)).update(octetsOf).sign(
      ecdsa.privateKey,
      "base64"
    )
    return {
      body: octetsOf,
      headers: {
        "x-twilio-email-event-webhook-signature": signature,
        "x-twilio-email-event-webhook-timestamp": String(seconds)
      }
    }
  },
  events: [
    [{ type: "delivered", recipient: "bob@example.org", remoteId: "abc" }, {
      event: "delivered",
      email: "bob@example.org",
      sg_message_id: "abc.filter1",
      timestamp: 1_795_514_400
    }],
    [{ type: "bounced", kind: "Hard", status: "5.1.1", diagnostic: "no" }, {
      event: "bounce",
      type: "bounce",
      status: "5.1.1",
      reason: "no"
    }],
    [{ type: "bounced", kind: "Soft" }, { event: "bounce", type: "blocked" }],
    [{ type: "unsubscribed" }, { event: "group_unsubscribe" }],
    [{ type: "unknown" }, { event: "constructor" }]
  ]
}

const mailgun: Case = {
  receiver: Webhook.mailgun({ signingKey: Redacted.make("signing key") }),
  isTimed: true,
  coversBody: false,
  sign: (body, seconds) => {
    const token = Crypto.createHash("sha1").update(JSON.stringify(body)).digest("hex")
    const signature = Crypto.createHmac("sha256", "signing key").update(`${seconds}${token}`).digest("hex")
    return {
      headers: {},
      body: octets({ signature: { timestamp: String(seconds), token, signature }, "event-data": body })
    }
  },
  events: [
    [{ type: "delivered", recipient: "bob@example.org", remoteId: "1@x" }, {
      event: "delivered",
      recipient: "bob@example.org",
      message: { headers: { "message-id": "1@x" } },
      timestamp: 1_795_514_400.5
    }],
    [{ type: "bounced", kind: "Hard", diagnostic: "no" }, {
      event: "failed",
      severity: "permanent",
      reason: "bounce",
      "delivery-status": { message: "no" }
    }],
    [{ type: "rejected" }, { event: "failed", severity: "permanent", reason: "suppress-bounce" }],
    [{ type: "deferred" }, { event: "failed", severity: "temporary" }],
    [{ type: "unknown" }, { event: "accepted" }]
  ]
}

const password = Redacted.make("a long password")
const authorization = `Basic ${Buffer.from("hook:a long password").toString("base64")}`

const basicAuth = (receiver: Case["receiver"], events: Case["events"]): Case => ({
  receiver,
  events,
  isTimed: false,
  coversBody: false,
  sign: (body) => ({ body: octets(body), headers: { authorization } })
})

const postmark = basicAuth(Webhook.postmark({ user: "hook", password }), [
  [{ type: "delivered", recipient: "bob@example.org", remoteId: "1" }, {
    RecordType: "Delivery",
    Recipient: "bob@example.org",
    MessageID: "1",
    DeliveredAt: "2026-11-24T10:00:00Z"
  }],
  [{ type: "bounced", kind: "Hard", recipient: "bob@example.org" }, {
    RecordType: "Bounce",
    Type: "HardBounce",
    Email: "bob@example.org"
  }],
  [{ type: "autoresponded" }, { RecordType: "Bounce", Type: "AutoResponder" }],
  [{ type: "unsubscribed" }, { RecordType: "SubscriptionChange", SuppressSending: true }],
  [{ type: "unknown" }, { RecordType: "SubscriptionChange", SuppressSending: false }]
])

const brevo = basicAuth(Webhook.brevo({ user: "hook", password }), [
  [{ type: "delivered", recipient: "bob@example.org", remoteId: "<1@x>" }, {
    event: "delivered",
    email: "bob@example.org",
    "message-id": "<1@x>",
    ts_epoch: 1_795_514_400_000
  }],
  [{ type: "bounced", kind: "Soft" }, { event: "soft_bounce", reason: "full" }],
  [{ type: "complained" }, { event: "spam" }],
  [{ type: "unknown" }, { event: "request" }]
])

const topic = "arn:aws:sns:eu-west-1:1:mail"
const certificateUrl = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"

const snsSigned = (message: Record<string, string>, privateKey: Crypto.KeyObject): Uint8Array => {
  const names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
  const signed = names.filter((name) => message[name] !== undefined).map((name) => `${name}\n${message[name]}\n`).join(
    ""
  )
  const Signature = Crypto.createSign("sha256").update(signed).sign(privateKey, "base64")
  return octets({ ...message, SignatureVersion: "2", Signature, SigningCertURL: certificateUrl })
}

const { pem, privateKey } = Certificate.selfSigned()
const fetched: Array<string> = []
const client = HttpClient.make((request) =>
  Effect.sync(() => {
    fetched.push(request.url)
    return HttpClientResponse.fromWeb(request, new Response(pem))
  })
)

const ses: Case = {
  receiver: Effect.provideService(Webhook.ses({ topics: [topic] }), HttpClient.HttpClient, client),
  isTimed: true,
  coversBody: true,
  sign: (body, seconds) => ({
    headers: {},
    body: snsSigned({
      Type: "Notification",
      MessageId: Crypto.createHash("sha1").update(JSON.stringify(body)).digest("hex"),
      TopicArn: topic,
      Message: JSON.stringify(body),
      Timestamp: new Date(seconds * 1000).toISOString()
    }, privateKey)
  }),
  events: [
    [{ type: "delivered", recipient: "bob@example.org", remoteId: "1" }, {
      eventType: "Delivery",
      mail: { messageId: "1" },
      delivery: { recipients: ["bob@example.org"], timestamp: "2026-11-24T10:00:00Z" }
    }],
    [{ type: "bounced", kind: "Hard", recipient: "bob@example.org", status: "5.1.1" }, {
      notificationType: "Bounce",
      mail: { messageId: "1" },
      bounce: { bounceType: "Permanent", bouncedRecipients: [{ emailAddress: "bob@example.org", status: "5.1.1" }] }
    }],
    [{ type: "complained" }, {
      eventType: "Complaint",
      complaint: { complainedRecipients: [{ emailAddress: "bob@example.org" }] }
    }],
    [{ type: "unknown" }, { eventType: "Send", mail: { destination: ["bob@example.org"] } }]
  ]
}

const received = (receiver: Webhook.Receiver, incoming: Webhook.Incoming) =>
  Effect.suspend(() => {
    const events: Array<Webhook.Event> = []
    return Effect.as(
      receiver.receive(incoming, (found) => Effect.sync(() => void events.push(...found))),
      events
    )
  })

const reasonOf = (receiver: Webhook.Receiver, incoming: Webhook.Incoming) =>
  Effect.map(Effect.flip(received(receiver, incoming)), ({ reason }) => reason)

const nowSeconds = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 1000))

for (const [name, case_] of Object.entries({ resend, sendGrid, mailgun, postmark, brevo, ses })) {
  describe(`Webhook.${name}`, () => {
    const setUp = Effect.gen(function*() {
      yield* TestClock.setTime(start)
      return { receiver: yield* case_.receiver, seconds: yield* nowSeconds }
    })
    const [[, first] = [{}, {}]] = case_.events

    it.effect("tells what happened in one vocabulary", () =>
      Effect.gen(function*() {
        const { receiver, seconds } = yield* setUp
        for (const [expected, body] of case_.events) {
          const [event] = yield* received(receiver, case_.sign(body, seconds))
          assert.deepInclude(event, { ...expected, provider: receiver.name })
          assert.deepInclude(JSON.stringify(event?.raw), JSON.stringify(body).slice(1, -1))
        }
      }))

    it.effect("takes nothing twice, but again what could not be handled", () =>
      Effect.gen(function*() {
        const { receiver, seconds } = yield* setUp
        const incoming = case_.sign(first, seconds)
        assert.strictEqual(yield* Effect.flip(receiver.receive(incoming, () => Effect.fail("full"))), "full")
        assert.strictEqual((yield* received(receiver, incoming)).length, 1)
        assert.strictEqual(yield* reasonOf(receiver, incoming), "Replayed")
      }))

    it.effect("refuses what is not signed, signed wrongly, or no event", () =>
      Effect.gen(function*() {
        const { receiver, seconds } = yield* setUp
        const incoming = case_.sign(first, seconds)
        const changed = new Uint8Array(incoming.body)
        changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1
        if (case_.coversBody && name !== "ses") {
          assert.strictEqual(yield* reasonOf(receiver, { ...incoming, body: changed }), "BadSignature")
        }
        for (const [header, value = ""] of Object.entries(incoming.headers)) {
          const without = { ...incoming.headers, [header]: undefined }
          assert.strictEqual(yield* reasonOf(receiver, { ...incoming, headers: without }), "Unsigned", header)
          const forged = { ...incoming.headers, [header]: `${value.slice(0, -4)}AAA=` }
          assert.include(
            ["BadSignature", "Expired"],
            yield* reasonOf(receiver, { ...incoming, headers: forged }),
            header
          )
        }
        for (const body of [new Uint8Array(0), octets(1), octets(null), octets("x"), new Uint8Array(6 * 1024 * 1024)]) {
          assert.include(
            ["Unsigned", "BadSignature", "Unreadable", "TooLarge"],
            yield* reasonOf(receiver, { ...incoming, body })
          )
        }
      }))

    it.effect.skipIf(!case_.isTimed)("refuses what was signed too long ago, or will be", () =>
      Effect.gen(function*() {
        const { receiver, seconds } = yield* setUp
        for (const at of [seconds - 3700, seconds + 3700]) {
          assert.strictEqual(yield* reasonOf(receiver, case_.sign(first, at)), "Expired")
        }
      }))

    it.effect.prop("never throws, whatever comes", [fc.jsonValue({ maxDepth: 3 })], ([body]) =>
      Effect.gen(function*() {
        const { receiver, seconds } = yield* setUp
        const exit = yield* Effect.exit(received(receiver, case_.sign(body, seconds)))
        assert.isTrue(exit._tag === "Success" || exit.cause._tag === "Fail")
      }))
  })
}

describe("Webhook.ses", () => {
  const message = (changes: Record<string, string> = {}) => ({
    Type: "Notification",
    MessageId: "m1",
    TopicArn: topic,
    Message: JSON.stringify({ eventType: "Delivery" }),
    Timestamp: new Date(start).toISOString(),
    ...changes
  })

  it.effect("asks only SNS for certificates, and takes no other topic or key", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const receiver = yield* ses.receiver
      const before = fetched.length
      const signed = new TextDecoder().decode(snsSigned(message(), privateKey))
      const urls = [
        "https://evil.example/x.pem",
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem"
      ]
      for (const url of urls) {
        const body = new TextEncoder().encode(signed.replace(certificateUrl, url))
        assert.strictEqual(yield* reasonOf(receiver, { headers: {}, body }), "BadSignature", url)
      }
      assert.strictEqual(fetched.length, before)
      const other = snsSigned(message({ TopicArn: `${topic}2` }), privateKey)
      assert.strictEqual(yield* reasonOf(receiver, { headers: {}, body: other }), "BadSignature")
      const forged = snsSigned(message(), Crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey)
      assert.strictEqual(yield* reasonOf(receiver, { headers: {}, body: forged }), "BadSignature")
      const changed = new TextEncoder().encode(signed.replace("Delivery", "Complaint"))
      assert.strictEqual(yield* reasonOf(receiver, { headers: {}, body: changed }), "BadSignature")
    }))

  it.effect("confirms a subscription", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const SubscribeURL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
      const body = snsSigned(
        message({ Type: "SubscriptionConfirmation", SubscribeURL, Token: "t", Message: "You have chosen" }),
        privateKey
      )
      const [event] = yield* received(yield* ses.receiver, { headers: {}, body })
      assert.strictEqual(event?.type, "unknown")
      assert.include(fetched, SubscribeURL)
    }))
})

describe("Webhook.app", () => {
  it.live("answers as a provider expects", () =>
    Effect.gen(function*() {
      const receiver = yield* resend.receiver
      let fails = true
      const app = Webhook.app(receiver, () => fails ? Effect.fail("full") : Effect.void)
      const handler = HttpApp.toWebHandler(app)
      const { body, headers } = resend.sign({ type: "email.delivered", data: { to: ["a@b.c"] } }, yield* nowSeconds)
      const post = (changes: RequestInit = {}) =>
        Effect.promise(() =>
          handler(
            new Request("https://example.com/hook", {
              method: "POST",
              body: new Uint8Array(body),
              headers: JSON.parse(JSON.stringify(headers)),
              ...changes
            })
          ).then(({ status }) => status)
        )
      assert.strictEqual(yield* post(), 500)
      fails = false
      assert.strictEqual(yield* post(), 200)
      assert.strictEqual(yield* post(), 200)
      assert.strictEqual(yield* post({ headers: {} }), 401)
      assert.strictEqual(yield* post({ method: "GET", body: null }), 405)
    }))
})

describe("the options of Webhook", () => {
  it.effect("are checked", () =>
    Effect.gen(function*() {
      const option = <A, R>(effect: Effect.Effect<A, { readonly option: string }, R>) =>
        Effect.map(Effect.flip(effect), ({ option }) => option)
      assert.strictEqual(yield* option(Webhook.resend({ secret: Redacted.make("short") })), "secret")
      assert.strictEqual(yield* option(Webhook.sendGrid({ publicKey: "x" })), "publicKey")
      assert.strictEqual(yield* option(Webhook.mailgun({ signingKey: Redacted.make("") })), "signingKey")
      assert.strictEqual(yield* option(Webhook.postmark({ user: "a", password: Redacted.make("b") })), "password")
      assert.strictEqual(
        yield* option(Webhook.ses({ topics: [] })).pipe(Effect.provideService(HttpClient.HttpClient, client)),
        "topics"
      )
    }))
})
