/**
 * What a program for a browser or a Worker takes with it: core and one provider, and nothing of Node.
 */
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import * as Esbuild from "esbuild"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"

const packages = fileURLToPath(new URL("../../../", import.meta.url))

const sources: Esbuild.Plugin = {
  name: "sources",
  setup: (build) => {
    build.onResolve({ filter: /^@effect-mail\// }, ({ path }) => {
      const [, name, module = "index"] = path.split("/")
      return { path: `${packages}${name}/src/${module}.ts`, sideEffects: false }
    })
  }
}

const program = (provider: string): string => `
  import { Mail, Message } from "@effect-mail/core"
  import * as ${provider} from "@effect-mail/backends/${provider}"
  import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
  import * as Effect from "effect/Effect"
  export const send = (options) => (message) =>
    Mail.send(Message.make(message)).pipe(
      Effect.provide(${provider}.layer(options)),
      Effect.provide(FetchHttpClient.layer)
    )
`

const bundle = (provider: string) =>
  Effect.promise(() =>
    Esbuild.build({
      stdin: { contents: program(provider), resolveDir: packages },
      bundle: true,
      platform: "browser",
      format: "esm",
      target: "es2022",
      minify: true,
      metafile: true,
      write: false,
      logLevel: "silent",
      plugins: [sources]
    })
  )

/** In octets, minified and compressed: what crosses the network. */
const most = 170_000

describe("a bundle of core and", () => {
  for (
    const provider of ["HttpBackend", "Ses", "Resend", "SendGrid", "Postmark", "Mailgun", "MsGraph", "Gmail", "Brevo"]
  ) {
    it.effect(provider, () =>
      Effect.gen(function*() {
        const { metafile, outputFiles } = yield* bundle(provider)
        const [output] = outputFiles
        assert(output !== undefined)
        const inputs = Object.keys(metafile.inputs)
        assert.deepStrictEqual(
          inputs.filter((path) => /nodemailer|platform-node|internal\/smtp\/(?!certificate)/.test(path)),
          []
        )
        const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
        assert.deepStrictEqual(outside, [])
        assert.notMatch(output.text, /["']node:/)
        const compressed = gzipSync(output.contents).length
        yield* Console.log(`${provider}: ${output.contents.length} octets, ${compressed} compressed`)
        assert.isAtMost(compressed, most)
      }), 60_000)
  }
})
