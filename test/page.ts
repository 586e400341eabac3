import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** The page of the inbox, as its sources are now: single test files are run without a build before. */
export const setup = (): void => {
  execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/page.mjs", import.meta.url)), "--stale"], {
    stdio: "inherit"
  })
}
