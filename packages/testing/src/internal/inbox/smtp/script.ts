import * as SmtpScript from "../../../SmtpScript.js"

/** A good server that takes any login and messages of at most `maxOctets` octets. */
export const scriptOf = (maxOctets: number, tls: "none" | "starttls"): SmtpScript.Script =>
  SmtpScript.make({
    extensions: [
      "PIPELINING",
      "8BITMIME",
      "SMTPUTF8",
      `SIZE ${maxOctets}`,
      ...tls === "starttls" ? ["STARTTLS"] : [],
      "AUTH PLAIN LOGIN CRAM-MD5",
      "ENHANCEDSTATUSCODES"
    ]
  })
