import * as FileSystem from "@effect/platform/FileSystem"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Scheme, Setting } from "../../BackendDefinition.js"
import type { Auth, Options, PoolOptions, Timeouts, Tls } from "../smtp/options.js"
import { timeoutsOf } from "./smtpEnvironment.js"
import * as Text from "./text.js"
import { decode } from "./url.js"

type Parsed<A> = Either.Either<A, string>

const place = "user:password@host:port"

export const schemes: ReadonlyArray<Scheme> = [
  { name: "smtp", form: `smtp://${place}`, meaning: "as the option `tls` says" },
  { name: "smtps", form: `smtps://${place}`, meaning: "TLS from the start" },
  { name: "smtp+starttls", form: `smtp+starttls://${place}`, meaning: "STARTTLS is required" },
  {
    name: "lmtp",
    form: "lmtp://host:port or lmtp:///path/of/socket",
    meaning: "LMTP (RFC 2033) to a mail store, by TCP or a Unix domain socket"
  }
]

const tlsOf: Readonly<Record<string, Tls | undefined>> = { "smtps:": "implicit", "smtp+starttls:": "required" }

/** The paths of PEM files that are still to be read. */
type Files = { readonly [K in "ca" | "cert" | "key"]?: string | undefined }

/** What was read of a query. */
interface Query {
  readonly options: Options
  readonly files: Files
}

/** How an option changes what was read before it, or why it cannot. */
type Change = (query: Query) => Parsed<Query>

const change = (of: (options: Options) => Partial<Options>): Change => ({ files, options }) =>
  Either.right({ files, options: { ...options, ...of(options) } })

const isTls = (text: string): text is Tls =>
  text === "implicit" || text === "required" || text === "opportunistic" || text === "none"

const seconds = (
  option: Omit<Setting, "parse">,
  of: (limit: Duration.Duration, options: Options) => Partial<Options>
): Setting<Change> => ({
  ...option,
  parse: (text) => Either.map(Text.seconds(text, option.name), (limit) => change((options) => of(limit, options)))
})

const limit = (name: keyof Timeouts, meaning: string, otherwise: string): Setting<Change> =>
  seconds(
    { name: `${name}Timeout`, option: `timeouts.${name}`, meaning: `seconds for ${meaning}`, default: otherwise },
    (value, options) => ({ timeouts: { ...options.timeouts, [name]: value } })
  )

const number = (name: keyof PoolOptions, meaning: string, otherwise: string): Setting<Change> => ({
  name,
  option: `pool.${name}`,
  meaning,
  default: otherwise,
  parse: (text) => Either.right(change((options) => ({ pool: { ...options.pool, [name]: Text.count(text) } })))
})

const file = (name: keyof Files, meaning: string, otherwise: string): Setting<Change> => ({
  name,
  option: `certificates.${name}`,
  meaning: `the path of a PEM file: ${meaning}`,
  default: otherwise,
  parse: (text) =>
    text === ""
      ? Either.left(`${name} is empty`)
      : Either.right(({ files, options }) => Either.right({ options, files: { ...files, [name]: text } }))
})

export const query: ReadonlyArray<Setting<Change>> = [
  {
    name: "tls",
    option: "tls",
    meaning:
      "`implicit`, `required`, `opportunistic` or `none`; for `smtp://` and `lmtp://`, since the other schemes say it",
    default:
      "`required` with credentials, else `opportunistic`; `implicit` on port 465, `none` over a Unix domain socket",
    parse: (text) =>
      isTls(text)
        ? Either.right((query) =>
          query.options.tls === undefined
            ? change(() => ({ tls: text }))(query)
            : Either.left("the scheme says tls already")
        )
        : Either.left("tls is not implicit, required, opportunistic or none")
  },
  {
    name: "clientName",
    option: "clientName",
    meaning: "what EHLO says: a host name or an address in brackets",
    default: "`[127.0.0.1]`",
    parse: (text) => Either.right(change(() => ({ clientName: text })))
  },
  // The limit of one step overrides the limit of all, in any order.
  seconds(
    {
      name: "timeout",
      option: "timeouts",
      meaning: "seconds for `connectTimeout`, `greetingTimeout` and `commandTimeout`, each of which counts more",
      default: "each its own"
    },
    (value, options) => ({ timeouts: { ...timeoutsOf(value), ...options.timeouts } })
  ),
  limit("connect", "DNS and TCP", "30"),
  limit("greeting", "the first reply", "30"),
  limit("command", "each further reply, and for each step of the message on its way", "120"),
  limit("reply", "the reply after the final dot", "600"),
  limit("send", "one message as a whole", "1800"),
  limit("close", "the farewell", "1"),
  number("maxConnections", "connections that are open at once", "5"),
  number("maxMessages", "messages over one connection, before it is replaced", "100"),
  seconds(
    {
      name: "idleTimeout",
      option: "pool.idleTimeout",
      meaning: "seconds after which an idle connection is closed",
      default: "30"
    },
    (value, options) => ({ pool: { ...options.pool, idleTimeout: value } })
  ),
  file("ca", "the authorities to trust", "those of the system"),
  file("cert", "the client's certificate; only with `key`", "none"),
  file("key", "the key of that certificate; only with `cert`", "none"),
  {
    name: "serverName",
    option: "certificates.serverName",
    meaning: "the name that the server's certificate must be for",
    default: "the host",
    parse: (text) =>
      Either.right(change((options) => ({ certificates: { ...options.certificates, serverName: text } })))
  }
]

const readCredentials = (url: URL): Parsed<Auth | undefined> => {
  if (url.username === "" && url.password === "") return Either.right(undefined)
  if (url.username === "" || url.password === "") return Either.left("user and password go together")
  return Either.flatMap(
    decode(url.username),
    (user) => Either.map(decode(url.password), (password) => ({ user, password: Redacted.make(password) }))
  )
}

const readQuery = (params: URLSearchParams, options: Options): Parsed<Query> => {
  let read: Query = { options, files: {} }
  const seen = new Set<string>()
  for (const [key, value] of params) {
    const option = query.find(({ name }) => name === key)
    // Its name stays out of the reason: after a password with a bare `?` it is the rest of the password.
    if (option === undefined) {
      return Either.left(`it has an option that is not ${query.map(({ name }) => name).join(", ")}`)
    }
    if (seen.has(key)) return Either.left(`the option ${key} is given twice: give it once`)
    seen.add(key)
    const changed = Either.flatMap(option.parse(value), (change) => change(read))
    if (Either.isLeft(changed)) return changed
    read = changed.right
  }
  return Either.right(read)
}

/** The host, or for LMTP the path of a socket. */
const readHost = ({ hostname, pathname, port, protocol }: URL): Parsed<string> => {
  const hasPath = pathname !== "" && pathname !== "/"
  if (hostname !== "") {
    return hasPath ? Either.left("a path has no meaning here") : Either.right(hostname.replace(/^\[(.*)\]$/, "$1"))
  }
  return protocol === "lmtp:" && hasPath && port === "" ? decode(pathname) : Either.left("there is no host")
}

const parse = (url: URL): Parsed<Query> =>
  Either.flatMap(readHost(url), (host) =>
    Either.flatMap(readCredentials(url), (auth) =>
      readQuery(url.searchParams, {
        host,
        protocol: url.protocol === "lmtp:" ? "lmtp" : "smtp",
        port: url.port === "" ? undefined : Number(url.port),
        tls: tlsOf[url.protocol],
        auth
      })))

const readFile = (name: keyof Files, path: string | undefined) =>
  path === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(FileSystem.FileSystem, (fs) =>
      Effect.mapError(fs.readFileString(path), () => `${name}: the file cannot be read`))

/** The options of the URL, with the contents of the files that it names. */
export const options = (url: URL): Effect.Effect<Options, string, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { files, options } = yield* parse(url)
    const key = yield* readFile("key", files.key)
    return {
      ...options,
      certificates: {
        ...options.certificates,
        ca: yield* readFile("ca", files.ca),
        cert: yield* readFile("cert", files.cert),
        key: key === undefined ? undefined : Redacted.make(key)
      }
    }
  })
