/** Reports as servers write them. */
export const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

export interface Failure {
  readonly recipient: string
  readonly original?: string
  readonly action?: string
  readonly status?: string
  readonly diagnostic?: string
}

export interface Report {
  readonly to?: string
  readonly envelopeId?: string
  readonly failures: ReadonlyArray<Failure>
}

export const report = ({ envelopeId, failures, to = "b@bounces.example.com" }: Report): string =>
  [
    "Return-Path: <>",
    "From: MAILER-DAEMON@mx.example.org",
    `To: <${to}>`,
    "Date: Tue, 24 Nov 2026 10:00:00 +0000",
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
    "",
    "--x",
    "",
    "Sorry.",
    "--x",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.example.org",
    ...envelopeId === undefined ? [] : [`Original-Envelope-Id: ${envelopeId}`],
    ...failures.flatMap(({ action = "failed", diagnostic, original, recipient, status = "5.1.1" }) => [
      "",
      ...original === undefined ? [] : [`Original-Recipient: rfc822; ${original}`],
      `Final-Recipient: rfc822; ${recipient}`,
      `Action: ${action}`,
      `Status: ${status}`,
      ...diagnostic === undefined ? [] : [`Diagnostic-Code: ${diagnostic}`]
    ]),
    "--x",
    "Content-Type: text/rfc822-headers",
    "",
    "Message-ID: <1@example.com>",
    "--x--",
    ""
  ].join("\r\n")
