import { assert, describe, it } from "@effect/vitest"
import type { Encryption } from "../../src/internal/smtp/protocol/handshake/handshake.js"
import * as Sasl from "../../src/internal/smtp/protocol/handshake/sasl.js"
import { Client } from "./Client.js"
import { bring, bringToLogin, isMechanism, login, secret, shown, told, user } from "./Greetings.js"
import { act } from "./Positions.js"

const everywhere: ReadonlyArray<Encryption> = ["implicit", "required", "opportunistic", "none"]

const rowsOf = (table: string): ReadonlyArray<ReadonlyArray<string>> =>
  table.trim().split("\n").map((line) => line.split(" ; ").map((cell) => cell.trim()))

const settingsOf = (cell: string): ReadonlyArray<Encryption> =>
  everywhere.filter((tls) => cell === "any" || cell.split(" ").includes(tls))

const seen = (client: Client): ReadonlyArray<string> => [
  shown(client.take()),
  told(client),
  client.session.isOpen ? "open" : "closed"
]

/** Where the server is ; how it is to be encrypted ; what it does ; what is written ; what comes of it */
const steps = `
greeting   ; any                         ; 220 hi / 250 hi             ; EHLO client.test ; goes on ; open
greeting   ; any                         ; 450 no                      ; - ; refused at greeting: 450 ; open
greeting   ; any                         ; 550 no                      ; - ; refused at greeting: 550 ; open
greeting   ; any                         ; 421 bye                     ; - ; Closing at greeting: 421 ; closed
greeting   ; any                         ; 199 odd / 354 go             ; - ; violation ; closed
greeting   ; any                         ; what? / 22 hi / 220_hi      ; - ; violation ; closed
greeting   ; any                         ; 220 hi & 250 hi             ; - ; violation ; closed
greeting   ; any                         ; 220 hi & 25.. / 550 no & 2.. ; - ; violation ; closed
greeting   ; any                         ; \x16\x03\x01.. / \x15.. / HTTP/1.1 400 Bad Request ; - ; violation ; closed
greeting   ; any                         ; lost                        ; - ; Lost at greeting ; closed
greeting   ; any                         ; silent                      ; - ; TimedOut at greeting ; closed
EHLO       ; implicit opportunistic none ; 250 hi / 250-hi & 250 SIZE  ; - ; done ; open
EHLO       ; required                    ; 250 hi / 250-hi & 250 SIZE  ; - ; not offered ; open
EHLO       ; required                    ; 550 no / 502 what           ; - ; not offered ; open
EHLO       ; required                    ; 450 no                      ; - ; refused at EHLO: 450 ; open
EHLO       ; required opportunistic      ; 250-hi & 250 STARTTLS       ; STARTTLS ; goes on ; open
EHLO       ; required opportunistic      ; 250-hi & 250 starttls       ; STARTTLS ; goes on ; open
EHLO       ; implicit none               ; 250-hi & 250 STARTTLS       ; - ; done ; open
EHLO       ; implicit opportunistic none ; 450 no / 550 no / 502 what  ; HELO client.test ; goes on ; open
EHLO       ; any                         ; 421 bye                     ; - ; Closing at EHLO: 421 ; closed
EHLO       ; any                         ; 354 go / 399 odd / what?    ; - ; violation ; closed
EHLO       ; any                         ; 250-hi & 550 no             ; - ; violation ; closed
EHLO       ; any                         ; 250 hi & 250 hi / 250 hi & 25.. / 502 no & 25.. ; - ; violation ; closed
EHLO       ; any                         ; lost                        ; - ; Lost at EHLO ; closed
EHLO       ; any                         ; silent                      ; - ; TimedOut at EHLO ; closed
HELO       ; implicit opportunistic none ; 250 hi / 250-hi & 250 STARTTLS ; - ; done ; open
HELO       ; implicit opportunistic none ; 450 no                      ; - ; refused at HELO: 450 ; open
HELO       ; implicit opportunistic none ; 502 what                    ; - ; refused at HELO: 502 ; open
HELO       ; implicit opportunistic none ; 421 bye                     ; - ; Closing at HELO: 421 ; closed
HELO       ; implicit opportunistic none ; 354 go / what? / 250 hi & 2..  ; - ; violation ; closed
HELO       ; implicit opportunistic none ; lost                        ; - ; Lost at HELO ; closed
HELO       ; implicit opportunistic none ; silent                      ; - ; TimedOut at HELO ; closed
STARTTLS   ; required opportunistic      ; 220 go                      ; - ; TLS begins ; open
STARTTLS   ; required                    ; 454 no                      ; - ; refused at STARTTLS: 454 ; open
STARTTLS   ; required                    ; 502 what                    ; - ; refused at STARTTLS: 502 ; open
STARTTLS   ; opportunistic               ; 454 no / 502 what           ; - ; done ; open
STARTTLS   ; required opportunistic      ; 421 bye                     ; - ; Closing at STARTTLS: 421 ; closed
STARTTLS   ; required opportunistic      ; 250 ok / 354 go / what?     ; - ; violation ; closed
STARTTLS   ; required opportunistic      ; 220 go & 250 injected / 220 go & 2.. / 220 go & x.. ; - ; violation ; closed
STARTTLS   ; required opportunistic      ; lost                        ; - ; Lost at STARTTLS ; closed
STARTTLS   ; required opportunistic      ; silent                      ; - ; TimedOut at STARTTLS ; closed
TLS        ; implicit required opportunistic ; 250 injected / what?    ; - ; violation ; closed
TLS        ; implicit required opportunistic ; 250 inj..               ; - ; as before ; open
TLS        ; implicit required opportunistic ; 421 bye                 ; - ; Closing at TLS: 421 ; closed
TLS        ; implicit required opportunistic ; lost                    ; - ; Lost at TLS ; closed
TLS        ; implicit required opportunistic ; silent                  ; - ; TimedOut at TLS ; closed
EHLO again ; required opportunistic      ; 250 hi / 250-hi & 250 STARTTLS ; - ; done ; open
EHLO again ; required opportunistic      ; 450 no / 502 what           ; HELO client.test ; goes on ; open
EHLO again ; required opportunistic      ; lost                        ; - ; Lost at EHLO ; closed
HELO again ; required opportunistic      ; 250 hi                      ; - ; done ; open
HELO again ; required opportunistic      ; 502 what                    ; - ; refused at HELO: 502 ; open
`

describe("A handshake", () => {
  for (const [place = "", settings = "", deeds = "", ...result] of rowsOf(steps)) {
    for (const tls of settingsOf(settings)) {
      for (const deed of deeds.split(" / ").map((deed) => deed.trim())) {
        it(`at ${place}, ${tls}: ${JSON.stringify(deed)}`, () => {
          const client = bring(place, tls)
          const before = told(client)
          client.take()
          act(client, deed)
          assert.deepStrictEqual(seen(client), result.map((cell) => cell === "as before" ? before : cell))
          assert.deepStrictEqual(client.late, [])
        })
      }
    }
  }

  it("begins once more behind STARTTLS, whatever was received before", () => {
    const client = bring("TLS", "required")
    client.hear("250-x\r\n250-SMTPUTF8 X-EVIL\r\n250-SIZE ")
    client.session.encrypted()
    assert.strictEqual(shown(client.take()), "EHLO client.test")
    client.hear("250-hi\r\n250 8BITMIME\r\n")
    assert.deepStrictEqual(Array.from(client.session.handshake.extensions), [["8BITMIME", ""]])
  })

  it("offers nothing where HELO was answered", () => {
    const client = bring("HELO again", "required")
    client.hear("250-hi\r\n250 SIZE 1000\r\n")
    assert.deepStrictEqual(Array.from(client.session.handshake.extensions), [])
  })

  it("knows the step of a reply that is none", () => {
    const places = [["greeting", "354 go"], ["HELO", "354 go"], ["STARTTLS", "250 ok"]] as const
    for (const [place, deed] of places) {
      const client = bring(place, "opportunistic")
      act(client, deed)
      const [failure] = client.failures
      assert.strictEqual(failure?._tag === "Ended" ? failure.step : failure?._tag, place)
    }
  })
})

describe("A reply that is neither yes nor no refuses nothing", () => {
  const places = [["greeting", "none"], ["EHLO", "none"], ["HELO", "none"], ["STARTTLS", "opportunistic"]] as const
  for (const code of [100, 199, 300, 399, 600, 999]) {
    for (const [place, tls] of places) {
      it(`${code} at ${place}`, () => {
        const client = bring(place, tls)
        client.take()
        act(client, `${code} odd`)
        assert.deepStrictEqual(seen(client), ["-", "violation", "closed"])
      })
    }

    it(`${code} at AUTH`, () => {
      const client = bringToLogin("PLAIN", [])
      act(client, `${code} odd`)
      assert.deepStrictEqual(seen(client).slice(1), ["violation", "closed"])
    })
  }
})

/** The mechanism ; what the server has said to it ; what it has been written last */
const responses = `
PLAIN    ;                                                  ; AUTH PLAIN (_ada_correct horse)
PLAIN    ; 334                                              ; *
PLAIN    ; 334 & 334 x                                      ; *
LOGIN    ;                                                  ; AUTH LOGIN
LOGIN    ; 334 VXNlcm5hbWU6                                 ; (ada)
LOGIN    ; 334                                              ; (ada)
LOGIN    ; 334 UGFzc3dvcmQ6 & 334 VXNlcm5hbWU6              ; (correct horse)
LOGIN    ; 334 & 334 & 334                                  ; *
CRAM-MD5 ;                                                  ; AUTH CRAM-MD5
CRAM-MD5 ; 334 PDFAeD4=                                     ; (ada hmac of <1@x>)
CRAM-MD5 ; 334 PDFAeD4= & 334 PDFAeD4=                      ; *
XOAUTH2  ;                                                  ; AUTH XOAUTH2 (user=ada_auth=Bearer correct horse__)
XOAUTH2  ; 334 eyJzdGF0dXMiOiI0MDEifQ==                     ; an empty line
XOAUTH2  ; 334 eyJzdGF0dXMiOiI0MDEifQ== & 334 x             ; *
`

/** What ends a login, wherever it is. */
const ends = `
235 ok / 235-2.7.0 ok & 235 ok      ; - ; done ; open
454 no                              ; - ; refused at AUTH: 454 ; open
530 no                              ; - ; refused at AUTH: 530 ; open
535 no                              ; - ; refused at AUTH: 535 ; open
421 bye                             ; - ; Closing at AUTH: 421 ; closed
250 ok / 354 go / 399 odd / what?   ; - ; violation ; closed
235 ok & 250 ok / 235 ok & 2..      ; - ; violation ; closed
334 x & 25.. / 535 no & 25..        ; - ; violation ; closed
lost                                ; - ; Lost at AUTH ; closed
silent                              ; - ; TimedOut at AUTH ; closed
`

describe("A login", () => {
  for (const [mechanism = "", replies = "", written = ""] of rowsOf(responses)) {
    const heard = replies === "" ? [] : replies.split(" & ")
    it(`with ${mechanism}, after ${heard.length} challenges: ${replies}`, () => {
      assert.strictEqual(shown(bringToLogin(mechanism, heard).take()), written)
    })
    for (const [deeds = "", ...result] of rowsOf(ends)) {
      for (const deed of deeds.split(" / ")) {
        it(`with ${mechanism}, after ${heard.length} challenges, ${replies}: ${deed}`, () => {
          const client = bringToLogin(mechanism, heard)
          client.take()
          act(client, deed)
          assert.deepStrictEqual(seen(client), result)
          assert.strictEqual(client.session.handshake.isLoggedIn, result[1] === "done")
          const shows = client.session.transcript().join("\n")
          for (const trace of [secret, Buffer.from(secret).toString("base64"), Buffer.from(user).toString("base64")]) {
            assert.notInclude(shows, trace)
          }
          assert.notMatch(shows, /AGFkYQ|dXNlcj1|YWRhIGhtYWM/)
        })
      }
    }
  }

  for (const mechanism of ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"]) {
    it(`with ${mechanism} ends where the challenges do not`, () => {
      const client = bringToLogin(mechanism, Array.from({ length: 10 }, () => "334 x"))
      assert.deepStrictEqual(seen(client).slice(1), ["violation", "closed"])
    })

    it(`with ${mechanism} may be tried again where it was refused`, () => {
      const client = bringToLogin(mechanism, ["334 x", "334 x", "334 x", "334 x", "535 no"])
      client.failures.length = 0
      if (isMechanism(mechanism)) login(client, mechanism)
      act(client, "235 ok")
      assert.deepStrictEqual(seen(client).slice(1), ["done", "open"])
    })

    it(`with ${mechanism} leaves no secret that the server repeats`, () => {
      for (const code of [235, 334, 454, 535, 399]) {
        const client = bringToLogin(mechanism, [])
        const repeated = [client.take().trim().split(" ").at(-1) ?? "", secret, Buffer.from(secret).toString("base64")]
        client.hear(
          `${code}-${repeated.slice(mechanism === "LOGIN" || mechanism === "CRAM-MD5" ? 1 : 0).join(" ")}\r\n`
        )
        client.hear(`${code} ${secret}\r\n`)
        const [failure] = client.failures
        const shows = [...client.session.transcript(), JSON.stringify(failure)].join("\n")
        for (const trace of [secret, "Y29ycmVjdCBob3JzZQ", "AGFkYQ", "dXNlcj1"]) assert.notInclude(shows, trace)
      }
    })
  }

  it("conceals what the server has said before it was a secret", () => {
    const client = bring("AUTH", "none")
    for (const token of ["first token", "second token"]) {
      client.session.login(Sasl.xoauth2(user, token), user, token)
      client.hear("535 second token\r\n")
    }
    const [, failure] = client.failures
    assert.notInclude(JSON.stringify(failure), "second token")
    assert.notInclude(client.session.transcript().join(), "second token")
  })

  it("is not over because the connection was never used: a session without a login sends", () => {
    const client = Client.ready()
    assert.isTrue(client.session.isReusable)
    assert.isFalse(client.session.handshake.isLoggedIn)
  })
})
