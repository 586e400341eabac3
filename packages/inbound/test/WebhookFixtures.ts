/**
 * Events of the eight providers, in the shapes that their documentation gives, with all of its fields. Names, addresses and
 * ids are made up. Each with what it means.
 */
import type { Webhook } from "@effect-mail/inbound"

export type Fixture = readonly [expected: Partial<Webhook.Event>, body: Readonly<Record<string, unknown>>]

const recipient = "bob@example.org"

const resendData = {
  broadcast_id: "8b146471-e88e-4322-86af-016cd36fd216",
  created_at: "2026-11-24T09:58:11.894719+00:00",
  email_id: "56761188-7520-42d8-8898-ff6fc54ce618",
  from: "Shop <shop@example.com>",
  to: [recipient],
  subject: "Your order",
  tags: { category: "order" }
}

const resendEvent = (type: string, more: object = {}) => ({
  type,
  created_at: "2026-11-24T09:59:00.000Z",
  data: { ...resendData, ...more }
})

const resendId = { recipient, remoteId: resendData.email_id }

export const resend: ReadonlyArray<Fixture> = [
  [{ type: "delivered", ...resendId }, resendEvent("email.delivered")],
  [
    { type: "bounced", kind: "Hard", diagnostic: "smtp; 550 5.1.1 no such user", ...resendId },
    resendEvent("email.bounced", {
      bounce: { message: "smtp; 550 5.1.1 no such user", subType: "General", type: "Permanent" }
    })
  ],
  [
    { type: "bounced", kind: "Soft" },
    resendEvent("email.bounced", { bounce: { message: "full", subType: "MailboxFull", type: "Transient" } })
  ],
  [{ type: "deferred" }, resendEvent("email.delivery_delayed")],
  [{ type: "complained" }, resendEvent("email.complained")],
  [
    { type: "rejected" },
    resendEvent("email.suppressed", { suppressed: { message: "on the list", type: "OnAccount" } })
  ],
  [{ type: "failed" }, resendEvent("email.failed", { failed: { reason: "reached_daily_quota" } })],
  [{ type: "opened" }, resendEvent("email.opened", { open: { ipAddress: "192.0.2.1", userAgent: "Mail" } })],
  [
    { type: "clicked", url: "https://example.com/a" },
    resendEvent("email.clicked", {
      click: {
        ipAddress: "192.0.2.1",
        link: "https://example.com/a",
        timestamp: "2026-11-24T09:59:00Z",
        userAgent: "x"
      }
    })
  ],
  [{ type: "unknown" }, resendEvent("email.sent")],
  [{ type: "unknown" }, { type: "contact.created", created_at: "2026-11-24T09:59:00.000Z", data: { id: "1" } }]
]

const sendGridEvent = (event: string, more: object = {}) => ({
  email: recipient,
  timestamp: 1_795_514_340,
  "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
  event,
  category: ["order"],
  sg_event_id: "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
  sg_message_id: "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
  ...more
})

export const sendGrid: ReadonlyArray<Fixture> = [
  [
    { type: "delivered", recipient, remoteId: "LRzXl_NHStOGhQ4kofSm_A", diagnostic: "250 OK" },
    sendGridEvent("delivered", { response: "250 OK", ip: "192.0.2.1", tls: 1 })
  ],
  [
    { type: "bounced", kind: "Hard", status: "5.1.1", diagnostic: "550 5.1.1 no such user" },
    sendGridEvent("bounce", {
      bounce_classification: "Invalid Address",
      reason: "550 5.1.1 no such user",
      status: "5.1.1",
      type: "bounce",
      ip: "192.0.2.1",
      tls: 1
    })
  ],
  [
    { type: "bounced", kind: "Soft" },
    sendGridEvent("bounce", { bounce_classification: "Reputation", reason: "listed", type: "blocked", tls: 0 })
  ],
  [{ type: "rejected" }, sendGridEvent("dropped", { reason: "Bounced Address", status: "5.0.0" })],
  [{ type: "deferred" }, sendGridEvent("deferred", { response: "400 try again later", attempt: "5" })],
  [{ type: "complained" }, sendGridEvent("spamreport")],
  [{ type: "opened" }, sendGridEvent("open", { useragent: "Mail", ip: "192.0.2.1", sg_machine_open: false })],
  [{ type: "clicked", url: "https://example.com/a" }, sendGridEvent("click", { url: "https://example.com/a" })],
  [{ type: "unsubscribed" }, sendGridEvent("unsubscribe")],
  [{ type: "unsubscribed" }, sendGridEvent("group_unsubscribe", { asm_group_id: 10 })],
  [{ type: "unknown" }, sendGridEvent("processed", { pool: { name: "new", id: 1 } })],
  [{ type: "unknown" }, sendGridEvent("constructor")]
]

const mailgunEvent = (event: string, more: object = {}) => ({
  id: "G9Bn5sl1TC6nu79C8C0bwg",
  timestamp: 1_795_514_340.895_18,
  "log-level": "info",
  event,
  recipient,
  "recipient-domain": "example.org",
  tags: ["order"],
  campaigns: [],
  "user-variables": { order: "42" },
  flags: { "is-routed": false, "is-authenticated": true, "is-system-test": false, "is-test-mode": false },
  envelope: { transport: "smtp", sender: "shop@example.com", "sending-ip": "192.0.2.2", targets: recipient },
  message: {
    headers: {
      to: recipient,
      "message-id": "20261124095800.1.ABC@example.com",
      from: "shop@example.com",
      subject: "x"
    },
    attachments: [],
    size: 512
  },
  ...more
})

export const mailgun: ReadonlyArray<Fixture> = [
  [
    { type: "delivered", recipient, remoteId: "20261124095800.1.ABC@example.com", diagnostic: "OK" },
    mailgunEvent("delivered", {
      "delivery-status": { tls: true, "mx-host": "mx.example.org", "attempt-no": 1, code: 250, message: "OK" }
    })
  ],
  [
    { type: "bounced", kind: "Hard", status: "5.1.1", diagnostic: "5.1.1 no such user" },
    mailgunEvent("failed", {
      severity: "permanent",
      reason: "bounce",
      "delivery-status": { code: 550, "enhanced-code": "5.1.1", message: "5.1.1 no such user", "attempt-no": 1 }
    })
  ],
  [
    { type: "rejected" },
    mailgunEvent("failed", {
      severity: "permanent",
      reason: "suppress-bounce",
      "delivery-status": { code: 605, message: "", description: "Not delivering to previously bounced address" }
    })
  ],
  [
    { type: "deferred" },
    mailgunEvent("failed", {
      severity: "temporary",
      reason: "generic",
      "delivery-status": { code: 452, message: "4.2.2 mailbox full", "retry-seconds": 600, "attempt-no": 1 }
    })
  ],
  [{ type: "complained" }, mailgunEvent("complained")],
  [{ type: "unsubscribed" }, mailgunEvent("unsubscribed", { ip: "192.0.2.1" })],
  [{ type: "opened" }, mailgunEvent("opened", { ip: "192.0.2.1", "client-info": { "client-name": "Mail" } })],
  [{ type: "clicked", url: "https://example.com/a" }, mailgunEvent("clicked", { url: "https://example.com/a" })],
  [{ type: "rejected" }, mailgunEvent("rejected", { reject: { reason: "Sandbox", description: "" } })],
  [{ type: "unknown" }, mailgunEvent("accepted")]
]

const postmarkCommon = {
  MessageID: "883953f4-6105-42a2-a16a-77a8eac79483",
  ServerID: 23,
  MessageStream: "outbound",
  Tag: "order",
  Metadata: { order: "42" }
}

const postmarkBounce = (Type: string, TypeCode: number, more: object = {}) => ({
  RecordType: "Bounce",
  ID: 4_323_372_036_854_775,
  Type,
  TypeCode,
  Name: Type,
  ...postmarkCommon,
  Description: "What it means",
  Details: "smtp;550 5.1.1 no such user",
  Email: recipient,
  From: "shop@example.com",
  BouncedAt: "2026-11-24T09:59:00.0000000Z",
  DumpAvailable: true,
  Inactive: true,
  CanActivate: true,
  Subject: "Your order",
  ...more
})

export const postmark: ReadonlyArray<Fixture> = [
  [{ type: "delivered", recipient, remoteId: postmarkCommon.MessageID }, {
    RecordType: "Delivery",
    ...postmarkCommon,
    Recipient: recipient,
    DeliveredAt: "2026-11-24T09:59:00Z",
    Details: "250 OK"
  }],
  [
    { type: "bounced", kind: "Hard", recipient, diagnostic: "smtp;550 5.1.1 no such user" },
    postmarkBounce("HardBounce", 1)
  ],
  [{ type: "bounced", kind: "Soft" }, postmarkBounce("SoftBounce", 4096)],
  [{ type: "deferred" }, postmarkBounce("Transient", 2)],
  [{ type: "autoresponded" }, postmarkBounce("AutoResponder", 32)],
  [{ type: "complained" }, { ...postmarkBounce("SpamComplaint", 100_001), RecordType: "SpamComplaint" }],
  [{ type: "opened" }, {
    RecordType: "Open",
    ...postmarkCommon,
    FirstOpen: true,
    Recipient: recipient,
    ReceivedAt: "2026-11-24T09:59:00Z",
    Platform: "WebMail",
    ReadSeconds: 5,
    UserAgent: "Mail",
    Client: { Name: "Mail", Company: "", Family: "" },
    OS: { Name: "x", Company: "", Family: "" },
    Geo: { CountryISOCode: "RS", IP: "192.0.2.1" }
  }],
  [{ type: "clicked", url: "https://example.com/a" }, {
    RecordType: "Click",
    ...postmarkCommon,
    ClickLocation: "HTML",
    Recipient: recipient,
    OriginalLink: "https://example.com/a",
    ReceivedAt: "2026-11-24T09:59:00Z"
  }],
  [{ type: "unsubscribed" }, {
    RecordType: "SubscriptionChange",
    ...postmarkCommon,
    Recipient: recipient,
    ChangedAt: "2026-11-24T09:59:00Z",
    Origin: "Recipient",
    SuppressSending: true,
    SuppressionReason: "ManualSuppression"
  }],
  [{ type: "unknown" }, {
    RecordType: "SubscriptionChange",
    ...postmarkCommon,
    Recipient: recipient,
    ChangedAt: "2026-11-24T09:59:00Z",
    Origin: "Recipient",
    SuppressSending: false,
    SuppressionReason: null
  }]
]

const brevoEvent = (event: string, more: object = {}) => ({
  event,
  email: recipient,
  id: 26_224,
  date: "2026-11-24 10:59:00",
  ts: 1_795_514_340,
  "message-id": "<202611240958.12345678901@smtp-relay.example.net>",
  ts_event: 1_795_514_340,
  subject: "Your order",
  "X-Mailin-custom": "order:42",
  sending_ip: "192.0.2.2",
  // In seconds in the example of one page, in milliseconds by its text.
  ts_epoch: 1_795_514_340,
  template_id: 22,
  tags: ["order"],
  ...more
})

export const brevo: ReadonlyArray<Fixture> = [
  [
    { type: "delivered", recipient, remoteId: "<202611240958.12345678901@smtp-relay.example.net>" },
    brevoEvent("delivered", { ts_epoch: 1_795_514_340_000 })
  ],
  [
    { type: "bounced", kind: "Hard", diagnostic: "550 5.1.1 no such user" },
    brevoEvent("hard_bounce", { reason: "550 5.1.1 no such user" })
  ],
  [{ type: "bounced", kind: "Soft" }, brevoEvent("soft_bounce", { reason: "452 4.2.2 mailbox full" })],
  [{ type: "bounced", kind: "Hard" }, brevoEvent("invalid_email")],
  [{ type: "deferred" }, brevoEvent("deferred", { reason: "450 try again" })],
  [{ type: "rejected" }, brevoEvent("blocked", { reason: "blocked : due to blacklist user" })],
  [{ type: "failed" }, brevoEvent("error", { reason: "no sender" })],
  [{ type: "complained" }, brevoEvent("spam")],
  [{ type: "unsubscribed" }, brevoEvent("unsubscribed")],
  [{ type: "opened" }, brevoEvent("unique_opened", { user_agent: "Mail", device_used: "DESKTOP" })],
  [{ type: "clicked", url: "https://example.com/a" }, brevoEvent("click", { link: "https://example.com/a" })],
  [{ type: "unknown" }, brevoEvent("request", { mirror_link: "https://example.net/log", contact_id: 8 })]
]

const sesMail = {
  timestamp: "2026-11-24T09:58:00.012Z",
  source: "Shop <shop@example.com>",
  sourceArn: "arn:aws:ses:eu-west-1:123456789012:identity/shop@example.com",
  sendingAccountId: "123456789012",
  messageId: "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
  destination: [recipient],
  headersTruncated: false,
  headers: [{ name: "From", value: "Shop <shop@example.com>" }],
  commonHeaders: { from: ["Shop <shop@example.com>"], to: [recipient], subject: "Your order" },
  tags: { "ses:configuration-set": ["set"], "ses:from-domain": ["example.com"] }
}

const sesId = { recipient, remoteId: sesMail.messageId }
const at = "2026-11-24T09:59:00.012Z"

export const ses: ReadonlyArray<Fixture> = [
  [{ type: "delivered", ...sesId }, {
    eventType: "Delivery",
    mail: sesMail,
    delivery: {
      timestamp: at,
      processingTimeMillis: 11_893,
      recipients: [recipient],
      smtpResponse: "250 2.6.0 queued",
      reportingMTA: "mta.example.com"
    }
  }],
  [{ type: "bounced", kind: "Hard", status: "5.1.1", diagnostic: "smtp; 550 5.1.1 user unknown", ...sesId }, {
    eventType: "Bounce",
    bounce: {
      bounceType: "Permanent",
      bounceSubType: "General",
      bouncedRecipients: [{
        emailAddress: recipient,
        action: "failed",
        status: "5.1.1",
        diagnosticCode: "smtp; 550 5.1.1 user unknown"
      }],
      timestamp: at,
      feedbackId: "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
      reportingMTA: "dsn; mta.example.com"
    },
    mail: sesMail
  }],
  [{ type: "bounced", kind: "Soft" }, {
    notificationType: "Bounce",
    bounce: {
      bounceType: "Transient",
      bounceSubType: "MailboxFull",
      bouncedRecipients: [{ emailAddress: recipient }],
      timestamp: at,
      feedbackId: "1"
    },
    mail: sesMail
  }],
  [{ type: "complained", ...sesId }, {
    eventType: "Complaint",
    complaint: {
      complainedRecipients: [{ emailAddress: recipient }],
      timestamp: at,
      feedbackId: "1",
      userAgent: "Reporter/1.0",
      complaintFeedbackType: "abuse",
      arrivalDate: at
    },
    mail: sesMail
  }],
  [{ type: "deferred", ...sesId }, {
    eventType: "DeliveryDelay",
    mail: sesMail,
    deliveryDelay: {
      timestamp: at,
      delayType: "TransientCommunicationFailure",
      expirationTime: "2026-11-25T09:59:00Z",
      delayedRecipients: [{ emailAddress: recipient, status: "4.4.1", diagnosticCode: "smtp; 421 4.4.1" }]
    }
  }],
  [{ type: "rejected", ...sesId }, { eventType: "Reject", mail: sesMail, reject: { reason: "Bad content" } }],
  [{ type: "opened", ...sesId }, {
    eventType: "Open",
    mail: sesMail,
    open: { ipAddress: "192.0.2.1", timestamp: at, userAgent: "Mail" }
  }],
  [{ type: "clicked", url: "https://example.com/a", ...sesId }, {
    eventType: "Click",
    mail: sesMail,
    click: { ipAddress: "192.0.2.1", link: "https://example.com/a", linkTags: null, timestamp: at, userAgent: "x" }
  }],
  [{ type: "failed", ...sesId }, {
    eventType: "Rendering Failure",
    mail: sesMail,
    failure: { errorMessage: "Attribute 'name' is not present", templateName: "order" }
  }],
  [{ type: "unsubscribed", ...sesId }, {
    eventType: "Subscription",
    mail: sesMail,
    subscription: { contactList: "news", timestamp: at, source: "UnsubscribeHeader" }
  }],
  [{ type: "unknown", ...sesId }, { eventType: "Send", mail: sesMail, send: {} }]
]

export const gmail: ReadonlyArray<Fixture> = [
  [{ type: "received", recipient: "shop@example.com", remoteId: "9876543210" }, {
    emailAddress: "shop@example.com",
    historyId: 9_876_543_210
  }]
]

const graphNotification = {
  subscriptionId: "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
  subscriptionExpirationDateTime: "2026-11-27T09:59:00+00:00",
  tenantId: "84bd8158-6d4d-4958-8b9f-9d6445542f95"
}

export const msGraph: ReadonlyArray<Fixture> = [
  [{ type: "received", remoteId: "AAMkADUxZGE1=" }, {
    ...graphNotification,
    changeType: "created",
    resource: "Users/ddfcd489/Messages/AAMkADUxZGE1=",
    resourceData: {
      "@odata.type": "#Microsoft.Graph.Message",
      "@odata.id": "Users/ddfcd489/Messages/AAMkADUxZGE1=",
      "@odata.etag": "W/\"CQAAABYAAAADkrWGo7bouTKlsgTZMr9KwAAAUWRHf\"",
      id: "AAMkADUxZGE1="
    }
  }],
  [{ type: "unknown" }, { ...graphNotification, lifecycleEvent: "reauthorizationRequired" }]
]
