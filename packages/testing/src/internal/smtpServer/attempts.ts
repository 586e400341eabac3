/** More addresses than a test names: the ones that were not named for the longest are forgotten. */
const maxAddresses = 10_000

interface Named {
  readonly count: number
  readonly last: number
}

/** How often each recipient was named, on all connections of a server. */
export class Attempts {
  private readonly named = new Map<string, Named>()

  /** `forgetAfter`: after so many milliseconds without an attempt, the next one is the first again. */
  constructor(private readonly forgetAfter: number) {}

  count(address: string, now: number): void {
    const key = address.toLowerCase()
    const before = this.named.get(key)
    const isForgotten = before === undefined || now - before.last > this.forgetAfter
    this.named.delete(key)
    this.named.set(key, { count: isForgotten ? 1 : before.count + 1, last: now })
    if (this.named.size <= maxAddresses) return
    const [oldest] = this.named.keys()
    if (oldest !== undefined) this.named.delete(oldest)
  }

  of(address: string): number {
    return this.named.get(address.toLowerCase())?.count ?? 0
  }

  forget(): void {
    this.named.clear()
  }
}
