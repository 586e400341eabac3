import { spawnSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

const succeeds = (command, args) =>
  spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" }).status === 0

/** Runs a program that a package of this workspace has brought along. */
export const run = (bin, ...args) => succeeds(`${root}node_modules/.bin/${bin}`, args)

/** Runs a script of this workspace. */
export const runScript = (script, ...args) => succeeds(process.execPath, [`${root}${script}`, ...args])

/**
 * Installs what the lockfile says, unless that was done since it changed. Not by `npm ci`: that refuses a lockfile in
 * which the binaries of some other platform are missing.
 */
export const install = () => {
  const installed = `${root}node_modules/.package-lock.json`
  const isCurrent = existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs
  return isCurrent || succeeds("npm", ["install", "--no-save", "--no-fund", "--no-audit"])
}
