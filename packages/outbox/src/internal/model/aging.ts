/** How long a message waits until it is as urgent as one of the next priority that comes then, in ms. */
const step = 3_600_000

/** Messages are sent in this order: of what is due since long and of what is urgent the number is small. */
export const rank = (dueAt: number, priority: number): number => dueAt - priority * step

/** The same in SQL. */
export const rankSql = (dueAt: string, priority: string): string => `(${dueAt}) - (${priority}) * ${step}`
