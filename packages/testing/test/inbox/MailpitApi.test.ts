/** Mailpit's API as its usual client speaks it: the client is a package of its own, and knows nothing of this one. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { MailpitClient } from "mailpit-api"
import { served } from "./InboxServer.js"

const withClient = (use: (client: MailpitClient, url: string) => Promise<void>) =>
  Effect.scoped(Effect.gen(function*() {
    const { url } = yield* served
    yield* Effect.promise(() => use(new MailpitClient(url), url))
  }))

const letter = {
  From: { Email: "ada@example.com", Name: "Ada \"A\" Lovelace" },
  To: [{ Email: "bob@example.com", Name: "Bob" }],
  Cc: [{ Email: "eve@example.com" }],
  Bcc: ["archive@example.com"],
  ReplyTo: [{ Email: "answers@example.com" }],
  Subject: "Grüße",
  Text: "Hello, Bob",
  HTML: "<p>Hello, <b>Bob</b><img src=\"cid:logo\">",
  Tags: ["one", "two"],
  Attachments: [
    { Filename: "a.txt", Content: Buffer.from("file").toString("base64"), ContentType: "text/plain" },
    { Filename: "logo.png", Content: "iVBORw0KGgo=", ContentType: "image/png", ContentID: "logo" }
  ]
}

describe("Mailpit's API", () => {
  it.live("sends, lists, reads and searches", () =>
    withClient(async (client) => {
      const { ID } = await client.sendMessage(letter)
      const list = await client.listMessages()
      assert.deepStrictEqual(
        [list.total, list.unread, list.count, list.messages_count, list.messages_unread, list.start, list.tags],
        [1, 1, 1, 1, 1, 0, ["one", "two"]]
      )
      const [row] = list.messages
      assert.deepInclude(row, { ID, Read: false, Subject: "Grüße", Attachments: 1, Tags: ["one", "two"] })
      assert.deepStrictEqual(row?.From, { Name: "Ada \"A\" Lovelace", Address: "ada@example.com" })
      const message = await client.getMessageSummary(ID)
      assert.deepStrictEqual(message.Bcc, [{ Name: "", Address: "archive@example.com" }])
      assert.deepStrictEqual(message.ReplyTo, [{ Name: "", Address: "answers@example.com" }])
      assert.strictEqual(message.Text.trim(), "Hello, Bob")
      assert.include(message.HTML, "<b>Bob</b>")
      assert.notMatch(message.MessageID, /[<>]/)
      assert.strictEqual((await client.listMessages()).unread, 0)
      const [file] = message.Attachments
      assert.deepStrictEqual([file?.FileName, file?.Size, message.Inline[0]?.ContentID], ["a.txt", 4, "logo"])
      const content = await client.getMessageAttachment(ID, file?.PartID ?? "")
      assert.strictEqual(await content.text(), "file")
      assert.deepStrictEqual((await client.getMessageHeaders(ID))["From"]?.length, 1)
      assert.match(await client.getMessageSource(), /^From: /)
      for (
        const query of [
          "to:bob",
          "subject:grüße",
          "bcc:archive",
          "addressed:eve",
          "has:attachment",
          "is:read",
          "tag:one",
          "-is:unread"
        ]
      ) {
        assert.strictEqual((await client.searchMessages({ query })).messages_count, 1, query)
      }
      assert.strictEqual((await client.searchMessages({ query: "is:unread" })).messages_count, 0)
      assert.deepStrictEqual(await client.getTags(), ["one", "two"])
    }))

  it.live("waits, and shows what a browser would", () =>
    withClient(async (client, url) => {
      const later = client.waitForMessage({ query: "subject:grüße" }, { timeout: 20_000, interval: 50 })
      await client.sendMessage(letter)
      assert.strictEqual((await later).Subject, "Grüße")
      await client.waitForMessages({ count: 1, exact: true }, { timeout: 20_000, interval: 50 })
      assert.include(await client.renderMessageHTML(), `${url}/api/messages/1/parts/`)
      assert.strictEqual((await client.renderMessageText("1")).trim(), "Hello, Bob")
      await client.deleteMessages()
      await client.sendMessage({
        From: { Email: "a@example.com" },
        To: [{ Email: "b@example.com" }],
        Text: "only text"
      })
      assert.strictEqual((await fetch(`${url}/view/latest.html`)).status, 404)
    }))

  it.live("marks and deletes: some, by a search, and all without a body", () =>
    withClient(async (client, url) => {
      for (const Subject of ["one", "two", "three", "four"]) await client.sendMessage({ ...letter, Subject })
      assert.strictEqual(await client.setReadStatus({ IDs: ["1"], Read: true }), "ok")
      assert.strictEqual((await client.listMessages()).unread, 3)
      assert.strictEqual(await client.setReadStatus({ Search: "subject:two", Read: true }), "ok")
      assert.strictEqual((await client.listMessages()).unread, 2)
      assert.strictEqual(await client.deleteMessages({ IDs: ["1", "x"] }), "ok")
      assert.strictEqual(await client.deleteMessagesBySearch({ query: "subject:two" }), "ok")
      assert.strictEqual((await client.listMessages()).total, 2)
      const bare = await fetch(`${url}/api/v1/messages`, { method: "DELETE" })
      assert.deepStrictEqual([bare.status, await bare.text()], [200, "ok"])
      assert.strictEqual((await client.listMessages()).total, 0)
      assert.strictEqual(await client.deleteMessages(), "ok")
    }))

  it.live("turns its triggers into rules, and tells about itself", () =>
    withClient(async (client, url) => {
      const nothing = await client.getChaosTriggers()
      assert.strictEqual(nothing.Recipient.Probability, 0)
      const set = await client.setChaosTriggers({ Recipient: { ErrorCode: 451, Probability: 100 } })
      assert.deepStrictEqual(set.Recipient, { ErrorCode: 451, Probability: 100 })
      assert.deepStrictEqual(set.Sender.Probability, 0)
      assert.strictEqual((await client.setChaosTriggers()).Recipient.Probability, 0)
      const info = await client.getInfo()
      assert.deepInclude(info, { Messages: 0, Unread: 0 })
      assert.isTrue((await client.getConfiguration()).ChaosEnabled)
      for (const path of ["/livez", "/readyz"]) assert.strictEqual((await fetch(url + path)).status, 200)
      for (const path of ["html-check", "link-check", "sa-check", "release"]) {
        assert.strictEqual((await fetch(`${url}/api/v1/message/latest/${path}`)).status, 404)
      }
    }))

  it.live("answers the requests that cypress-mailpit 2.0.0 makes, with what its commands read", () =>
    Effect.scoped(Effect.gen(function*() {
      const { url } = yield* served
      yield* Effect.promise(async () => {
        // As cy.request sends: JSON bodies, and queries in the address.
        const request = async (method: string, path: string, body?: unknown) => {
          const response = await fetch(`${url}${path}`, {
            method,
            headers: { accept: "*/*", ...body === undefined ? {} : { "content-type": "application/json" } },
            ...body === undefined ? {} : { body: JSON.stringify(body) }
          })
          assert.strictEqual(response.status, 200, `${method} ${path}`)
          const text = await response.text()
          return response.headers.get("content-type")?.includes("json") === true ? JSON.parse(text) : text
        }
        // mailpitSendMail, with its defaults
        const { ID } = await request("POST", "/api/v1/send", {
          Attachments: [],
          Bcc: ["bcc@example.com"],
          Cc: [{ Email: "cc@example.com", Name: "CC" }],
          From: { Email: "from@example.com", Name: "From" },
          HTML: "<p>hello from mailpit</p>",
          Headers: {},
          ReplyTo: [{ Email: "replyto@example.com", Name: "ReplyTo" }],
          Subject: "Hello Mailpit",
          Tags: [],
          Text: "hello from mailpit",
          To: [{ Email: "jane@example.com", Name: "Jane" }]
        })
        // mailpitGetAllMails, mailpitGetEmailsBySubject, mailpitGetEmailsByTo, mailpitHasEmailsBySearch
        assert.strictEqual((await request("GET", "/api/v1/messages?start=0&limit=50")).messages[0].ID, ID)
        for (
          const [query, found] of [["subject:Hello Mailpit", 1], ["to:jane@example.com", 1], [
            "subject:nothing",
            0
          ]] as const
        ) {
          const params = new URLSearchParams({ query, start: "0", limit: "50" })
          assert.strictEqual((await request("GET", `/api/v1/search?${params}`)).messages_count, found, query)
        }
        // mailpitGetMail, and what the commands of one message read
        const message = await request("GET", "/api/v1/message/latest")
        assert.deepStrictEqual(
          [
            message.Subject,
            message.From.Address,
            message.To.map(({ Address }: { Address: string }) => Address),
            message.Attachments.map(({ FileName }: { FileName: string }) => FileName)
          ],
          ["Hello Mailpit", "from@example.com", ["jane@example.com"], []]
        )
        assert.include(await request("GET", `/view/${ID}.html`), "hello from mailpit")
        assert.include(await request("GET", `/view/${ID}.txt`), "hello from mailpit")
        // mailpitSetStatusAsUnRead, mailpitSetAllEmailStatusAsRead
        assert.strictEqual(await request("PUT", "/api/v1/messages", { IDs: [ID], Read: false }), "ok")
        assert.strictEqual((await request("GET", "/api/v1/messages")).unread, 1)
        assert.strictEqual(await request("PUT", "/api/v1/messages", { IDs: [], Read: true }), "ok")
        assert.strictEqual((await request("GET", "/api/v1/messages")).unread, 0)
        // mailpitDeleteEmailsBySearch, mailpitDeleteAllEmails
        assert.strictEqual(await request("DELETE", "/api/v1/search?query=subject%3Anothing"), "ok")
        assert.strictEqual((await request("GET", "/api/v1/messages")).total, 1)
        assert.strictEqual(await request("DELETE", "/api/v1/messages"), "ok")
        assert.strictEqual((await request("GET", "/api/v1/messages")).total, 0)
        // mailpitGetMailSpamAssassinSummary asks for what is not served.
        assert.strictEqual((await fetch(`${url}/api/v1/message/${ID}/sa-check`)).status, 404)
      })
    })))

  it.live("refuses a message that cannot be sent", () =>
    withClient(async (client, url) => {
      for (
        const body of ["{", "{}", JSON.stringify({ From: { Email: "no address" }, To: [{ Email: "b@example.com" }] })]
      ) {
        assert.strictEqual((await fetch(`${url}/api/v1/send`, { method: "POST", body })).status, 400, body)
      }
      assert.strictEqual((await client.listMessages()).total, 0)
    }))
})
