/** More addresses than a test names: the ones that were not named for the longest are forgotten. */
const maxAddresses = 10_000

/** How often each recipient was named, on all connections of a server. */
export class Attempts {
  private readonly counts = new Map<string, number>()

  count(address: string): void {
    const key = address.toLowerCase()
    const count = this.of(address) + 1
    this.counts.delete(key)
    this.counts.set(key, count)
    if (this.counts.size <= maxAddresses) return
    const [oldest] = this.counts.keys()
    if (oldest !== undefined) this.counts.delete(oldest)
  }

  of(address: string): number {
    return this.counts.get(address.toLowerCase()) ?? 0
  }
}
