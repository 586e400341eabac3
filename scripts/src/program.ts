/** Programs that a package of this workspace has brought along. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

/** Runs it to its end, and tells whether it succeeded. What it prints goes where this process prints. */
export const succeeds = (
  bin: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): boolean => {
  const isWindows = process.platform === "win32"
  const options = { cwd: root, stdio: "inherit", shell: isWindows, env: { ...process.env, ...env } } as const
  return spawnSync(`${root}node_modules/.bin/${bin}`, args, options).status === 0
}

/** Runs a script of this folder to its end, and tells whether it succeeded. */
export const runs = (script: string, args: ReadonlyArray<string>): boolean =>
  spawnSync(process.execPath, [`${root}scripts/dist/${script}`, ...args], { cwd: root, stdio: "inherit" }).status === 0
