/**
 * Every kind of failure that a program may meet, each brought about as it happens: by a server that does it, by a name
 * that cannot be resolved, or by a message that cannot be.
 */
import { Console, Resend, SendGrid, Smtp } from "@effect-mail/backends"
import {
  Annotations,
  Attachment,
  Dkim,
  Mail,
  MailBackend,
  MailConfig,
  MailError,
  MailPolicy,
  Message,
  Mime,
  Outgoing
} from "@effect-mail/core"
import { ReturnPath } from "@effect-mail/inbound"
import { TestCertificates } from "@effect-mail/testing"
import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { DateTime, Effect, type Layer, Option, Redacted, type Scope, Sink, Stream } from "effect"
import dns from "node:dns"
import * as SmtpServer from "./IndependentSmtpServer.js"
import * as ScriptedServer from "./LineScriptServer.js"
import * as Vectors from "./Vectors.js"

const { body, close, envelope, hang, hear, hello, say } = ScriptedServer

export interface Failure {
  /** What happened, for who reads of it. */
  readonly what: string
  /** The tag of the error and what makes it finer. */
  readonly kind: string
  /** What its message tells to do. */
  readonly cure: RegExp
  readonly error: Effect.Effect<MailError.MailError, never, Scope.Scope>
  /** Whether a backend found it out by itself, so that there is no place where it happened. */
  readonly isWithoutPlace?: boolean
}

/** What no message of an error may hold. */
export const hidden = ["ada", "bob", "Quarterly", "s3cret", Buffer.from("s3cret").toString("base64")]

const options = {
  from: "ada@example.com",
  to: "bob@example.org",
  subject: "Quarterly figures",
  text: "Hello, Bob",
  date: DateTime.unsafeMake("2026-11-20T09:30:00Z"),
  messageId: "<1@example.com>"
} satisfies Message.Options
const message = Message.make(options)
const auth: Smtp.Auth = { user: "ada", password: Redacted.make("s3cret") }

const unresolved: Readonly<Record<string, string>> = {
  "unknown-host.invalid": "ENOTFOUND",
  "no-name-server.invalid": "EAI_AGAIN",
  "unreachable.invalid": "EHOSTUNREACH",
  "forbidden.invalid": "EACCES"
}
/** A host of which no name server ever says anything. */
export const unanswered = "silence.invalid"

const { lookup } = dns

/** Networks differ: these names fail in the same way everywhere. All others are looked up. */
Object.assign(dns, {
  lookup: (host: string, ...rest: ReadonlyArray<unknown>): void => {
    if (host === unanswered) return
    const code = unresolved[host]
    const callback = rest.at(-1)
    if (code === undefined) Reflect.apply(lookup, dns, [host, ...rest])
    else if (typeof callback === "function") setImmediate(() => callback(Object.assign(new Error(code), { code })))
  }
})

const sending = (smtp: Smtp.Options, sent = message) =>
  Effect.flip(Mail.send(sent)).pipe(Effect.provide(Smtp.layer(smtp)), Effect.orDie)

/** To a host that is not there. */
const to = (host: string, timeouts?: Smtp.Timeouts) => sending({ host, port: 587, tls: "none", timeouts })

/** To a server that plays a script. */
const scripted = (script: ScriptedServer.Script, smtp: Partial<Smtp.Options> = {}, sent = message) =>
  Effect.flatMap(
    ScriptedServer.make(script),
    ({ port }) => sending({ host: "127.0.0.1", port, tls: "none", ...smtp }, sent)
  )

/** To a server that wants TLS from the first octet, and shows a certificate. */
const certified = (
  choose: (certificates: TestCertificates.TestCertificates) => TestCertificates.Certificate,
  trust: (certificates: TestCertificates.TestCertificates) => string | undefined = ({ ca }) => ca,
  smtp: Partial<Smtp.Options> = {},
  server: SmtpServer.Options = {}
) =>
  Effect.gen(function*() {
    const certificates = yield* TestCertificates.make
    const { port } = yield* SmtpServer.make({ ...choose(certificates), secure: true, ...server })
    const ca = trust(certificates)
    return yield* sending({ host: "localhost", port, tls: "implicit", certificates: { ca }, ...smtp })
  })

const shortGreeting: Smtp.Timeouts = { greeting: "200 millis" }

/** To a server that answers the login so. */
const login = (reply: string) => scripted([...hello("AUTH PLAIN"), hear("AUTH"), say(reply)], { auth })

const prepared = (overrides: Message.Options) =>
  Effect.flip(Outgoing.prepare(Message.make({ ...options, ...overrides }))).pipe(Effect.orDie)

const notMade: Attachment.Attachment = JSON.parse("{\"path\":\"/etc/hosts\"}")

const inMessages: ReadonlyArray<Failure> = [
  {
    what: "a list of addresses in one string",
    kind: "InvalidAddressError",
    cure: /array/,
    error: prepared({ to: "ada@example.com, bob@example.org" })
  },
  {
    what: "several authors in one string",
    kind: "InvalidAddressError",
    cure: /one address/,
    error: prepared({ from: "Ada <ada@example.com>; bob@example.org" })
  },
  { what: "an empty address", kind: "InvalidAddressError", cure: /Leave it out/, error: prepared({ cc: "" }) },
  {
    what: "an extra `To` without a value",
    kind: "InvalidAddressError",
    cure: /Leave it out/,
    error: prepared({ headers: { To: "" } })
  },
  {
    what: "a name that needs quotes",
    kind: "InvalidAddressError",
    cure: /`\{ name, address \}`/,
    error: prepared({ to: "Lovelace, Ada <ada@example.com>" })
  },
  { what: "an address without a domain", kind: "InvalidAddressError", cure: /domain/, error: prepared({ to: "bob" }) },
  {
    what: "`Subject` among the headers",
    kind: "BadHeaderError",
    cure: /`subject`/,
    error: prepared({ headers: { Subject: "Quarterly figures" } })
  },
  {
    what: "`Bcc` among the headers",
    kind: "BadHeaderError",
    cure: /`bcc`/,
    error: prepared({ headers: { Bcc: "bob@example.org" } })
  },
  {
    what: "`Content-Type` among the headers",
    kind: "BadHeaderError",
    cure: /Leave it out/,
    error: prepared({ headers: { "Content-Type": "text/html" } })
  },
  {
    what: "`Received` among the headers",
    kind: "BadHeaderError",
    cure: /servers write it/,
    error: prepared({ headers: { Received: "by example.com" } })
  },
  {
    what: "a line break in a subject",
    kind: "BadHeaderError",
    cure: /line breaks/,
    error: prepared({ subject: "Quarterly figures\r\nBcc: eve@example.net" })
  },
  {
    what: "a field that would stand twice",
    kind: "BadHeaderError",
    cure: /once/,
    error: prepared({ inReplyTo: "<1@example.com>", headers: { "In-Reply-To": "<2@example.com>" } })
  },
  {
    what: "a path as a filename",
    kind: "BadHeaderError",
    cure: /name alone/,
    error: prepared({ attachments: [Attachment.text("Hello", { filename: "/home/ada/hello.txt" })] })
  },
  {
    what: "no sender, and no default one",
    kind: "InvalidMessageError",
    cure: /`from`.*`defaultFrom`/,
    error: Effect.flip(Outgoing.prepare(Message.make({ to: "bob@example.org" }))).pipe(
      Effect.provide(MailConfig.layer({ defaultFrom: Option.none() })),
      Effect.orDie
    )
  },
  {
    what: "a path as an attachment",
    kind: "InvalidMessageError",
    cure: /Attachment\.file/,
    error: prepared({ attachments: [notMade] })
  },
  {
    what: "text that the charset cannot hold",
    kind: "InvalidMessageError",
    cure: /utf-8/,
    error: prepared({ text: "\u65e5\u672c", charset: "iso-8859-1" })
  },
  {
    what: "too many recipients",
    kind: "InvalidMessageError",
    cure: /maxRecipients/,
    error: prepared({ to: Array.from({ length: 1001 }, (_, i) => `bob-${i}@example.org`) })
  },
  {
    what: "an attachment that cannot be read",
    kind: "AttachmentError",
    cure: /`cause`/,
    error: scripted(
      [...hello(), ...envelope, hear("DATA"), say("354 go on"), hang],
      {},
      Message.attach(message, Attachment.stream(Stream.fail("s3cret"), { filename: "s3cret.pdf" }))
    )
  }
]

const inConnecting: ReadonlyArray<Failure> = [
  {
    what: "no such host",
    kind: "ConnectionError Dns UnknownHost",
    cure: /`host`/,
    error: to("unknown-host.invalid")
  },
  {
    what: "no name server answers (EAI_AGAIN)",
    kind: "ConnectionError Dns NameServer",
    cure: /name server.*again/,
    error: to("no-name-server.invalid")
  },
  {
    what: "no server listens on the port",
    kind: "ConnectionError Refused NotListening",
    cure: /`port`/,
    error: Effect.flatMap(
      Effect.scoped(ScriptedServer.make([])),
      ({ port }) => sending({ host: "127.0.0.1", port, tls: "none" })
    )
  },
  {
    what: "the network is unreachable",
    kind: "ConnectionError Refused Unreachable",
    cure: /network/,
    error: to("unreachable.invalid")
  },
  {
    what: "a firewall of this machine forbids it",
    kind: "ConnectionError Refused Forbidden",
    cure: /firewall/,
    error: to("forbidden.invalid")
  },
  {
    what: "connecting takes too long",
    kind: "ConnectionError Timeout Connecting",
    cure: /587 or 465.*`timeouts\.connect`/,
    error: to(unanswered, { connect: "50 millis" })
  },
  {
    what: "the server says nothing: it may want TLS from the start",
    kind: "ConnectionError Timeout AwaitingGreeting",
    cure: /`tls: "implicit"`/,
    error: certified(({ valid }) => valid, undefined, { tls: "none", timeouts: shortGreeting })
  },
  {
    what: "the server speaks TLS, and `tls` is not `implicit`",
    kind: "ConnectionError Protocol TlsFromStart",
    cure: /`tls: "implicit"`/,
    error: scripted([say("\x15\x03\x01\x00\x02\x02\x28"), hang])
  },
  {
    what: "the server speaks clear text, and `tls` is `implicit`",
    kind: "ConnectionError Protocol ClearText",
    cure: /`tls: "required"`/,
    error: scripted([say("220 test.example ESMTP"), hang], { tls: "implicit" })
  },
  {
    what: "the server says nothing, and `tls` is `implicit`",
    kind: "ConnectionError Timeout AwaitingTls",
    cure: /`tls: "required"`/,
    error: scripted([hang], { tls: "implicit", timeouts: shortGreeting })
  },
  {
    what: "the server does not speak SMTP",
    kind: "ConnectionError Protocol",
    cure: /SMTP server/,
    error: scripted([say("HTTP/1.1 400 Bad Request"), hang])
  },
  {
    what: "the server does not want to talk (554)",
    kind: "ConnectionError Greeting",
    cure: /blocks this machine/,
    error: scripted([say("554 5.7.1 no mail from bob@example.org here")])
  },
  {
    what: "the server does not want to talk now (4xx)",
    kind: "ConnectionError Greeting",
    cure: /later/,
    error: scripted([say("450 4.3.2 not now")])
  },
  {
    what: "too many connections (421)",
    kind: "ConnectionError Unavailable",
    cure: /`pool\.maxConnections`/,
    error: scripted([say("421 4.7.0 too many connections"), close])
  },
  {
    what: "the connection is lost before the message",
    kind: "ConnectionError Lost",
    cure: /Try again/,
    error: scripted([...hello(), hear("MAIL"), close])
  },
  {
    what: "a backend that is no network cannot write",
    kind: "ConnectionError Io",
    cure: /room/,
    error: Console.make({ sink: Sink.fail("s3cret") }).pipe(
      Effect.flatMap((backend) => Effect.flip(backend.send(message))),
      Effect.orDie
    )
  }
]

const inCertificates: ReadonlyArray<Failure> = [
  {
    what: "a certificate of a private authority",
    kind: "ConnectionError Certificate PrivateAuthority",
    cure: /`certificates\.ca`.*NODE_EXTRA_CA_CERTS/,
    error: certified(({ valid }) => valid, () => undefined)
  },
  {
    what: "a certificate of a private authority, which is shown, too",
    kind: "ConnectionError Certificate PrivateAuthority",
    cure: /`certificates\.ca`.*NODE_EXTRA_CA_CERTS/,
    error: certified(({ ca, valid }) => ({ ...valid, cert: `${valid.cert}\n${ca}` }), () => undefined)
  },
  {
    what: "a self-signed certificate",
    kind: "ConnectionError Certificate SelfSigned",
    cure: /this certificate in `certificates\.ca`/,
    error: certified(({ selfSigned }) => selfSigned)
  },
  {
    what: "a certificate for another name",
    kind: "ConnectionError Certificate WrongName",
    cure: /`certificates\.serverName`/,
    error: certified(({ wrongHost }) => wrongHost)
  },
  {
    what: "a certificate that has expired",
    kind: "ConnectionError Certificate Expired",
    cure: /renewed/,
    error: certified(({ expired }) => expired)
  },
  {
    what: "a certificate that is not valid yet",
    kind: "ConnectionError Certificate NotYetValid",
    cure: /clock/,
    error: certified(({ notYetValid }) => notYetValid)
  },
  {
    what: "the server wants a client certificate",
    kind: "ConnectionError Tls ClientCertificate",
    cure: /`certificates\.cert`/,
    error: certified(({ valid }) => valid, undefined, {}, { requestCert: true, rejectUnauthorized: true })
  },
  {
    what: "STARTTLS is not offered, but required",
    kind: "CapabilityError STARTTLS",
    cure: /465/,
    error: scripted(hello(), { tls: "required" })
  },
  {
    what: "STARTTLS is refused",
    kind: "ConnectionError Tls",
    cure: /`tls: "implicit"`/,
    error: scripted([...hello("STARTTLS"), hear("STARTTLS"), say("454 4.7.0 not now")], { tls: "required" })
  },
  {
    what: "the server wants STARTTLS before the message, and `tls` is `none`",
    kind: "RejectedError MAIL 530",
    cure: /`tls: "required"`/,
    error: scripted([
      ...hello("STARTTLS"),
      hear("MAIL"),
      say("530 5.7.0 Must issue a STARTTLS command first, bob@example.org")
    ])
  },
  {
    what: "the server wants STARTTLS before the login, and `tls` is `none`",
    kind: "AuthenticationError Refused 530",
    cure: /`tls: "required"`/,
    error: login("530 5.7.0 Must issue a STARTTLS command first")
  }
]

const inLogin: ReadonlyArray<Failure> = [
  {
    what: "the server wants a login, and there is no `auth`",
    kind: "RejectedError MAIL 530",
    cure: /`auth`/,
    error: scripted([...hello("AUTH PLAIN"), hear("MAIL"), say("530 5.7.0 Authentication Required, ada@example.com")])
  },
  {
    what: "wrong user or password",
    kind: "AuthenticationError Refused 535",
    cure: /user and the password/,
    error: login("535 5.7.8 ada with s3cret is not accepted")
  },
  {
    what: "the provider wants an app password",
    kind: "AuthenticationError Refused 534",
    cure: /app password/,
    error: login("534 5.7.9 Application-specific password required")
  },
  {
    what: "logging in fails for now",
    kind: "AuthenticationError Refused 454",
    cure: /later/,
    error: login("454 4.7.0 later")
  },
  {
    what: "no way to log in that fits the credentials",
    kind: "AuthenticationError NotOffered",
    cure: /Encrypt.*`auth`/,
    error: scripted(hello("AUTH GSSAPI"), { auth })
  },
  {
    what: "there is no access token to be had",
    kind: "AuthenticationError Credentials",
    cure: /access token/,
    error: scripted(hello("AUTH XOAUTH2"), {
      auth: {
        user: "ada",
        accessToken: Effect.fail(new MailError.AuthenticationError({ reason: "Credentials" }))
      }
    })
  }
]

const inDelivery: ReadonlyArray<Failure> = [
  {
    what: "the sender is refused",
    kind: "RejectedError MAIL 550",
    cure: /sender/,
    error: scripted([...hello(), hear("MAIL"), say("550 5.7.1 ada@example.com is not welcome")])
  },
  {
    what: "every recipient is refused",
    kind: "RejectedError RCPT 550",
    cure: /`recipients`/,
    error: scripted([...hello(), hear("MAIL"), say("250 ok"), hear("RCPT"), say("550 5.1.1 no bob@example.org here")])
  },
  {
    what: "the server passes no mail on for strangers",
    kind: "RejectedError RCPT 554",
    cure: /`auth`/,
    error: scripted([
      ...hello(),
      hear("MAIL"),
      say("250 ok"),
      hear("RCPT"),
      say("554 5.7.1 <bob@example.org>: Relay access denied")
    ])
  },
  {
    what: "every recipient is deferred",
    kind: "RejectedError RCPT 450",
    cure: /`MailPolicy\.retry`/,
    error: scripted([...hello(), hear("MAIL"), say("250 ok"), hear("RCPT"), say("450 4.2.1 bob@example.org is busy")])
  },
  {
    what: "the message is refused",
    kind: "RejectedError message 552",
    cure: /size/,
    error: scripted([...hello(), ...envelope, ...body, say("552 5.3.4 Quarterly figures are too large")])
  },
  {
    what: "an address beyond ASCII, and no SMTPUTF8",
    kind: "CapabilityError SMTPUTF8",
    cure: /ASCII/,
    error: scripted(hello(), {}, Message.make({ ...options, to: "b\u00f6b@example.org" }))
  },
  {
    what: "an embedded message of 8-bit octets, and no 8BITMIME",
    kind: "CapabilityError 8BITMIME",
    cure: /ASCII/,
    error: scripted(hello(), {}, Message.attach(message, Attachment.message("Subject: x\r\n\r\n\u00e9")))
  },
  {
    what: "a message that is larger than the server takes",
    kind: "CapabilityError SIZE",
    cure: /Send less/,
    error: scripted(hello("SIZE 100"))
  },
  {
    what: "a message that must stay encrypted, and no REQUIRETLS",
    kind: "CapabilityError REQUIRETLS",
    cure: /`requireTls`/,
    error: scripted(hello(), {}, Message.requireTls(message))
  },
  {
    what: "the connection is lost after the message",
    kind: "OutcomeUnknownError",
    cure: /twice/,
    error: scripted([...hello(), ...envelope, ...body, close])
  }
]

const baseUrl = "https://localhost:8443"

/** What sending by a provider fails with that answers so, or not at all. */
const overHttp = (
  answer: Effect.Effect<Response, unknown>,
  message: Message.Message,
  layer: Layer.Layer<MailBackend.MailBackend, unknown, HttpClient.HttpClient> = Resend.layer({
    apiKey: Redacted.make("s3cret"),
    baseUrl
  })
) =>
  Effect.flip(Mail.send(message)).pipe(
    Effect.provide(layer),
    Effect.provideService(
      HttpClient.HttpClient,
      HttpClient.make((request) =>
        Effect.mapBoth(answer, {
          onFailure: (cause) => new HttpClientError.RequestError({ request, reason: "Transport", cause }),
          onSuccess: (response) => HttpClientResponse.fromWeb(request, response)
        })
      )
    ),
    Effect.orDie
  )

const answering = (status: number) => Effect.sync(() => new Response("{}", { status }))

const inProviders: ReadonlyArray<Failure> = [
  {
    what: "annotations that SMTP does not carry",
    kind: "CapabilityError TAGS",
    cure: /MailPolicy\.without/,
    error: scripted(hello(), {}, Message.annotate(message, Annotations.tags, ["welcome"]))
  },
  {
    what: "a return path, by a provider that has its own",
    kind: "CapabilityError RETURN-PATH",
    isWithoutPlace: true,
    cure: /envelopeFrom/,
    error: overHttp(answering(200), Message.envelopeFrom(message, "bounces@example.com"))
  },
  {
    what: "a calendar, by a provider that knows only text and html",
    kind: "CapabilityError ALTERNATIVES",
    isWithoutPlace: true,
    cure: /takes MIME/,
    error: overHttp(answering(200), Message.alternative(message, "BEGIN:VCALENDAR", "text/calendar"))
  },
  {
    what: "a provider refuses the key",
    kind: "AuthenticationError Refused",
    cure: /key or token/,
    error: overHttp(answering(401), message)
  },
  {
    what: "a provider takes nothing for now",
    kind: "RejectedError message 451",
    cure: /later/,
    error: overHttp(answering(429), message)
  },
  {
    what: "a provider does not answer, and takes no idempotency key",
    kind: "OutcomeUnknownError",
    cure: /twice/,
    error: overHttp(
      Effect.fail(new Error("reset")),
      message,
      SendGrid.layer({ apiKey: Redacted.make("s3cret"), baseUrl })
    )
  },
  {
    what: "a provider does not answer, and knows the message by its idempotency key",
    kind: "OutcomeUnknownError",
    cure: /once more/,
    error: overHttp(Effect.fail(new Error("reset")), message)
  }
]

/** A backend that takes everything, after it has read it. */
const taking = MailBackend.make({
  name: "taking",
  open: Effect.succeed({
    deliver: (outgoing) => Effect.as(Mime.render(outgoing), MailBackend.acceptAll(outgoing))
  })
})

const byPolicy = (policy: Effect.Effect<MailPolicy.Policy, Error>, message: Message.Message) =>
  Effect.flatMap(Effect.orDie(policy), (policy) => Effect.orDie(Effect.flip(policy(taking).send(message))))

const { keys } = Vectors.dkim
const dkimKey = Dkim.key({ ...keys.rsa, privateKey: Redacted.make(keys.rsa.pkcs8) })

const signing = (options?: Dkim.SignOptions) => Effect.map(dkimKey, (key) => Dkim.sign(key, options))

const asBulk = (options?: Dkim.SignOptions, bulk: MailPolicy.Bulk = {}) =>
  Effect.map(
    signing(options),
    (sign): MailPolicy.Policy => (backend) => sign(MailPolicy.bulk(bulk)(backend))
  )

const news = Message.make({ ...options, listUnsubscribe: "https://example.com/u/1" })
const withoutList = Message.make(options)

const changing = (): Message.Message => {
  let readings = 0
  return Message.attach(
    message,
    Attachment.stream(Stream.suspend(() => Stream.make(Uint8Array.of(readings++))), { filename: "figures.bin" })
  )
}

const refusedByPolicy = (
  what: string,
  policy: Effect.Effect<MailPolicy.Policy, Error>,
  message: Message.Message
): Failure => ({
  what,
  kind: "ConnectionError Configuration",
  cure: /Correct the settings that the description names/,
  isWithoutPlace: true,
  error: byPolicy(policy, message)
})

const inPolicies: ReadonlyArray<Failure> = [
  refusedByPolicy(
    "no DKIM key is for the author's domain",
    signing(),
    Message.from(message, "ada@example.net")
  ),
  {
    what: "a streamed attachment is not what was signed",
    kind: "AttachmentError",
    cure: /See `cause`/,
    isWithoutPlace: true,
    error: Effect.suspend(() => byPolicy(signing(), changing()))
  },
  refusedByPolicy(
    "a mailing to several recipients",
    asBulk(),
    Message.cc(news, "eve@example.org")
  ),
  refusedByPolicy("a mailing without List-Unsubscribe", asBulk(), withoutList),
  refusedByPolicy(
    "a mailing that is left by mail alone",
    asBulk(),
    Message.listUnsubscribe(withoutList, "mailto:leave@example.com")
  ),
  refusedByPolicy(
    "a mailing without one-click",
    asBulk(),
    Message.header(withoutList, "List-Unsubscribe", "<https://example.com/u/1>")
  ),
  refusedByPolicy(
    "a mailing that is not signed",
    asBulk({ unsigned: "send" }),
    Message.from(news, "ada@example.net")
  ),
  refusedByPolicy(
    "a mailing whose signature does not cover its one-click",
    asBulk({ except: ["List-Unsubscribe"] }),
    news
  ),
  refusedByPolicy(
    "a mailing with the link of another recipient",
    asBulk({}, { recipientOf: () => Effect.succeedSome("eve@example.org") }),
    news
  ),
  refusedByPolicy(
    "a return path for a message to several",
    Effect.map(
      ReturnPath.make({ domain: "example.com", secret: Redacted.make("sixteen characters"), several: "refuse" }),
      ({ policy }) => policy
    ),
    Message.cc(message, "eve@example.org")
  )
]

export const failures: ReadonlyArray<Failure> = [
  ...inMessages,
  ...inConnecting,
  ...inCertificates,
  ...inLogin,
  ...inDelivery,
  ...inProviders,
  ...inPolicies
]

/** The tag of an error, and what makes it finer. */
export const kindOf = (error: MailError.MailError): string => {
  const finer = (): ReadonlyArray<string | number | undefined> => {
    switch (error._tag) {
      case "ConnectionError":
        return [error.reason, error.detail]
      case "AuthenticationError":
        return [error.reason, error.code]
      case "CapabilityError":
        return [error.capability]
      case "RejectedError":
        return [error.command, error.code]
      default:
        return []
    }
  }
  return [error._tag, ...finer()].filter((part) => part !== undefined).join(" ")
}
