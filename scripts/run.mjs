// Installs, builds a project, and becomes a module of it: nothing has to be there before. Arguments: the project, the
// module, and what the module is given.
import { spawnSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

const succeeds = (command, args) =>
  spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" }).status === 0

/**
 * Installs what the lockfile says, unless that was done since it changed. Not by `npm ci`: that refuses a lockfile in
 * which the binaries of some other platform are missing.
 */
const install = () => {
  const installed = `${root}node_modules/.package-lock.json`
  const isCurrent = existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs
  return isCurrent || succeeds("npm", ["install", "--no-save", "--no-fund", "--no-audit"])
}

const fail = (reason) => {
  console.error(reason)
  process.exitCode = 1
}

const [project, module, ...args] = process.argv.slice(2)
if (!install()) fail("The packages could not be installed")
else if (!succeeds(`${root}node_modules/.bin/tsc`, ["-b", project])) fail(`${project} does not build`)
// The page of the inbox, which is no module that the compiler makes.
else if (!succeeds(process.execPath, [`${root}scripts/page.mjs`, "--stale"])) fail("The page could not be built")
else {
  process.argv = [process.execPath, `${root}${module}`, ...args]
  await import(new URL(`../${module}`, import.meta.url))
}
