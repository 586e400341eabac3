declare module "#page" {
  import type { PageFiles } from "./files.js"
  export const files: PageFiles
}
