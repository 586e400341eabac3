/**
 * The page `docs/settings.md`, made of the definitions of the backends.
 */
import { Backend } from "@effect-mail/backends"

const introduction = `# Settings

Each backend declares its settings where it is defined: \`npm run docs:settings\` makes this page again, and a test compares
the two. \`Backend.layerConfig\` reads them; with backends of your own, \`Backend.layerConfigWith\` reads theirs, too, and
\`Backend.settingsTable\` shows them. Numbers are decimal. A variable that is empty counts as not set.

`

export const page = `${introduction}${Backend.settingsTable()}`
