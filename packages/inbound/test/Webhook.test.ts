import { ReplayGuard, Webhook } from "@effect-mail/inbound"
import { HttpApp, HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, FastCheck as fc, Redacted, TestClock } from "effect"
import * as Crypto from "node:crypto"
import * as Certificate from "./Certificate.js"
import * as Fixtures from "./WebhookFixtures.js"

const start = 1_795_514_400_000

const octets = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body))

interface Case {
  readonly receiver: Effect.Effect<Webhook.Receiver, Error>
  /** A request that is signed at a time in seconds. */
  readonly sign: (body: unknown, seconds: number) => Webhook.Incoming
  /** An event of each type, as the provider writes it. */
  readonly events: ReadonlyArray<Fixtures.Fixture>
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
  events: Fixtures.resend
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
  events: Fixtures.sendGrid
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
  events: Fixtures.mailgun
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

const postmark = basicAuth(Webhook.postmark({ user: "hook", password }), Fixtures.postmark)

const brevo = basicAuth(Webhook.brevo({ user: "hook", password }), Fixtures.brevo)

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
  events: Fixtures.ses
}

const google = Crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
const googleClient = (fetched: Array<string> = []) =>
  HttpClient.make((request) =>
    Effect.sync(() => {
      fetched.push(request.url)
      const jwk = google.publicKey.export({ format: "jwk" })
      return HttpClientResponse.fromWeb(
        request,
        Response.json({ keys: [{ ...jwk, kid: "k1", alg: "RS256", use: "sig" }] })
      )
    })
  )

const base64Url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const audience = "https://example.com/hooks/gmail"
const account = "push@project.iam.gserviceaccount.com"

const idToken = (seconds: number, claims: object = {}, head: object = {}, privateKey = google.privateKey): string => {
  const signed = `${base64Url({ alg: "RS256", kid: "k1", typ: "JWT", ...head })}.${
    base64Url({
      aud: audience,
      azp: "113774264463038321964",
      email: account,
      email_verified: true,
      sub: "113774264463038321964",
      iss: "https://accounts.google.com",
      iat: seconds,
      exp: seconds + 3600,
      ...claims
    })
  }`
  return `${signed}.${Crypto.createSign("sha256").update(signed).sign(privateKey, "base64url")}`
}

const pushed = (data: unknown): Uint8Array =>
  octets({
    message: {
      data: Buffer.from(JSON.stringify(data)).toString("base64"),
      messageId: Crypto.createHash("sha1").update(JSON.stringify(data)).digest("hex"),
      message_id: "2070443601311540",
      publishTime: "2026-11-24T09:59:00.965Z",
      publish_time: "2026-11-24T09:59:00.965Z"
    },
    subscription: "projects/project/subscriptions/mail"
  })

const gmail: Case = {
  receiver: Effect.provideService(Webhook.gmail({ audience, account }), HttpClient.HttpClient, googleClient()),
  isTimed: true,
  coversBody: false,
  sign: (body, seconds) => ({ body: pushed(body), headers: { authorization: `Bearer ${idToken(seconds)}` } }),
  events: Fixtures.gmail
}

const clientState = "sixteen characters at least"

const msGraph: Case = {
  receiver: Webhook.msGraph({ clientState: Redacted.make(clientState) }),
  isTimed: false,
  coversBody: false,
  sign: (body) => ({
    body: octets({ value: [typeof body === "object" && body !== null ? { ...body, clientState } : body] }),
    headers: {}
  }),
  events: Fixtures.msGraph
}

const made = (receiver: Case["receiver"]) => Effect.provide(receiver, ReplayGuard.layerMemory)

const received = (receiver: Webhook.Receiver, incoming: Webhook.Incoming) =>
  Effect.suspend(() => {
    const events: Array<Webhook.Event> = []
    return Effect.as(
      receiver.receive(incoming, (found) => Effect.sync(() => void events.push(...found))),
      events
    )
  })

const reasonOf = (receiver: Webhook.Receiver, incoming: Webhook.Incoming) =>
  Effect.map(
    Effect.flip(received(receiver, incoming)),
    (error) => error._tag === "WebhookError" ? error.reason : error._tag
  )

const nowSeconds = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 1000))

for (const [name, case_] of Object.entries({ resend, sendGrid, mailgun, postmark, brevo, ses, gmail, msGraph })) {
  describe(`Webhook.${name}`, () => {
    const setUp = Effect.gen(function*() {
      yield* TestClock.setTime(start)
      return { receiver: yield* made(case_.receiver), seconds: yield* nowSeconds }
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
      const receiver = yield* made(ses.receiver)
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
      const [event] = yield* received(yield* made(ses.receiver), { headers: {}, body })
      assert.strictEqual(event?.type, "unknown")
      assert.include(fetched, SubscribeURL)
    }))
})

describe("Webhook.gmail", () => {
  it.effect("takes no token of another issuer, account, audience, key or algorithm", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const receiver = yield* made(gmail.receiver)
      const seconds = start / 1000
      const reasons = (token: string) =>
        reasonOf(receiver, { body: pushed({ emailAddress: "a@b.c" }), headers: { authorization: `Bearer ${token}` } })
      const other = Crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
      const [head = "", claims = ""] = idToken(seconds).split(".")
      const unsigned = `${base64Url({ alg: "none" })}.${claims}.`
      const secret = google.publicKey.export({ format: "pem", type: "spki" })
      const confused = `${base64Url({ alg: "HS256", kid: "k1" })}.${claims}`
      const hmac = Crypto.createHmac("sha256", secret).update(confused).digest("base64url")
      const tokens = [
        idToken(seconds, { iss: "https://evil.example" }),
        idToken(seconds, { email: "other@project.iam.gserviceaccount.com" }),
        idToken(seconds, { email_verified: false }),
        idToken(seconds, { aud: "https://example.com/other" }),
        idToken(seconds, {}, { kid: "k2" }),
        idToken(seconds, {}, {}, other.privateKey),
        unsigned,
        `${confused}.${hmac}`,
        `${head}.${base64Url({ aud: audience })}.${idToken(seconds).split(".")[2]}`,
        "a.b.c",
        "."
      ]
      for (const token of tokens) assert.strictEqual(yield* reasons(token), "BadSignature", token)
      assert.strictEqual(yield* reasons(idToken(seconds, { exp: "never" })), "Expired")
    }))

  it.effect("asks Google for its keys once, and again for an unknown one after a minute", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const fetched: Array<string> = []
      const receiver = yield* made(
        Effect.provideService(Webhook.gmail({ audience, account }), HttpClient.HttpClient, googleClient(fetched))
      )
      const unknown = {
        body: pushed({}),
        headers: { authorization: `Bearer ${idToken(start / 1000, {}, { kid: "k2" })}` }
      }
      for (let i = 0; i < 5; i++) yield* reasonOf(receiver, unknown)
      assert.strictEqual(fetched.length, 1)
      yield* TestClock.adjust("2 minutes")
      for (let i = 0; i < 5; i++) yield* reasonOf(receiver, unknown)
      assert.deepStrictEqual(fetched, Array(2).fill("https://www.googleapis.com/oauth2/v3/certs"))
    }))
})

describe("Webhook.msGraph", () => {
  it.effect("takes no notification without the secret, or with another one, and shows it to nothing", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const receiver = yield* made(msGraph.receiver)
      const [[, notification] = [{}, {}]] = Fixtures.msGraph
      const values = (...states: ReadonlyArray<string | undefined>) => ({
        headers: {},
        body: octets({ value: states.map((clientState) => ({ ...notification, clientState })) })
      })
      assert.strictEqual(yield* reasonOf(receiver, values(undefined)), "Unsigned")
      assert.strictEqual(yield* reasonOf(receiver, values("another secret that is long")), "BadSignature")
      assert.strictEqual(yield* reasonOf(receiver, values(clientState, "another")), "BadSignature")
      assert.strictEqual(yield* reasonOf(receiver, values()), "Unreadable")
      const events = yield* received(receiver, values(clientState, clientState))
      assert.strictEqual(events.length, 2)
      assert.notInclude(JSON.stringify(events), clientState)
    }))

  it.live("answers when Graph asks whether the URL is ours", () =>
    Effect.gen(function*() {
      const handler = HttpApp.toWebHandler(Webhook.app(yield* made(msGraph.receiver), () => Effect.die("handled")))
      const url = "https://example.com/hook?validationToken=Validation%3A+Testing+%3Cb%3E"
      const response = yield* Effect.promise(() => handler(new Request(url, { method: "POST" })))
      assert.strictEqual(response.status, 200)
      assert.match(response.headers.get("content-type") ?? "", /^text\/plain/)
      assert.strictEqual(yield* Effect.promise(() => response.text()), "Validation: Testing <b>")
      const others = HttpApp.toWebHandler(Webhook.app(yield* made(resend.receiver), () => Effect.void))
      assert.strictEqual((yield* Effect.promise(() => others(new Request(url, { method: "POST" })))).status, 401)
    }))
})

describe("a request that nothing dates", () => {
  it.effect("is refused when what it reports is older than what is kept", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const receiver = yield* made(postmark.receiver)
      const [[, first] = [{}, {}]] = postmark.events
      const incoming = postmark.sign(first, 0)
      yield* received(receiver, incoming)
      yield* TestClock.adjust("2 days")
      assert.strictEqual(yield* reasonOf(receiver, incoming), "Replayed")
      yield* TestClock.adjust("1 days")
      assert.strictEqual(yield* reasonOf(receiver, incoming), "Expired")
      yield* TestClock.adjust("1000 days")
      assert.strictEqual(yield* reasonOf(receiver, incoming), "Expired")
    }))
})

describe("Webhook.app", () => {
  it.live("answers as a provider expects", () =>
    Effect.gen(function*() {
      const receiver = yield* made(resend.receiver)
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
