declare module "#page" {
  import type { PageFiles } from "./page.js"
  export const files: PageFiles
}
