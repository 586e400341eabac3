declare module "#clients" {
  import type { ClientSupport } from "./clients.js"
  export const support: ClientSupport
}
