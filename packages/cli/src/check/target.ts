import type { Target } from "./probe.js"

const isTrue = (text: string | undefined): boolean => /^(?:true|yes|on|1)$/i.test(text ?? "")

export interface Place extends Target {
  /** The setting that says it, with its password left out. */
  readonly setting: string
  readonly shown: string
}

const environment = (name: string): string | undefined => {
  const value = process.env[name]
  return value === undefined || value === "" ? undefined : value
}

/** The server that the environment names; undefined where that is no server, or cannot be read. */
export const targetOf = (): Place | undefined => {
  const written = environment("EMAIL_URL")
  if (written === undefined) {
    const host = environment("EMAIL_HOST") ?? "localhost"
    const isImplicit = isTrue(environment("EMAIL_USE_SSL"))
    const port = Number(
      environment("EMAIL_PORT") ?? (isImplicit ? 465 : isTrue(environment("EMAIL_USE_TLS")) ? 587 : 25)
    )
    return { host, port, isImplicit: isImplicit || port === 465, setting: "EMAIL_HOST", shown: `${host}:${port}` }
  }
  try {
    const url = new URL(written)
    if (!/^smtp/.test(url.protocol)) return undefined
    const isImplicit = url.protocol === "smtps:" || url.port === "465" || url.searchParams.get("tls") === "implicit"
    const isStartTls = url.protocol === "smtp+starttls:" || url.username !== "" ||
      url.searchParams.get("tls") === "required"
    const port = url.port === "" ? isImplicit ? 465 : isStartTls ? 587 : 25 : Number(url.port)
    const user = url.username === "" ? "" : `${decodeURIComponent(url.username)}@`
    const host = url.hostname.replace(/^\[|\]$/g, "")
    return { host, port, isImplicit, setting: "EMAIL_URL", shown: `${url.protocol}//${user}${url.hostname}:${port}` }
  } catch {
    return undefined
  }
}
