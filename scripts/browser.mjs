// Makes sure that there is a Chromium for the tests of the page. On Debian, as root, it is installed where it is missing.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"

const places = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
const hasBrowser = () => places.some((place) => place !== "" && existsSync(place))

const apt = (...args) =>
  spawnSync("apt-get", ["-y", ...args], {
    stdio: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  })

if (!hasBrowser() && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
  apt("update")
  // The fonts are for pictures with Chinese, Japanese and Korean.
  apt("install", "--no-install-recommends", "chromium", "fonts-noto-cjk")
}
if (!hasBrowser()) {
  console.error("There is no Chromium. Install it (Debian: apt-get install chromium), or name it by CHROMIUM.")
  process.exitCode = 1
}
