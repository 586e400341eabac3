/** The second verifier of DKIM signatures, which is a package of Debian. */
import { spawnSync } from "node:child_process"

const runs = (command: string, ...args: ReadonlyArray<string>): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0

const isThere = (): boolean => runs("/usr/bin/python3", "-c", "import dkim, nacl")

/** Installs it where that can be done without asking. Tells whether it is there. */
export const installDkimpy = (): boolean => {
  if (isThere()) return true
  if (process.getuid?.() !== 0) return false
  runs("apt-get", "update")
  runs("apt-get", "install", "-y", "--no-install-recommends", "python3-dkim", "python3-nacl")
  return isThere()
}
