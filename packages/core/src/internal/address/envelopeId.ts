/** Whether a text can be an envelope identifier (RFC 3461 section 4.4). */
export const isEnvelopeId = (text: unknown): text is string =>
  typeof text === "string" && /^[\x20-\x7e]{1,100}$/.test(text)
