/** What this needs of a binding to SQLite: `libsql`, `better-sqlite3` and `node:sqlite` have it. */
export interface Database {
  readonly exec: (sql: string) => unknown
  readonly prepare: (sql: string) => Statement
  readonly close: () => void
}

export interface Statement {
  readonly all: (...parameters: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
}

/** Bindings abort the process, or refuse, where they are given a value of another type. */
export const parameter = (value: unknown): unknown => {
  if (value === undefined || value === null) return null
  switch (typeof value) {
    case "boolean":
      return value ? 1 : 0
    case "string":
    case "number":
    case "bigint":
      return value
    default:
      if (value instanceof Uint8Array) return value
      if (value instanceof Date) return value.toISOString()
      return JSON.stringify(value)
  }
}

/** Statements that were prepared, the last ones that were used. */
export const prepared = (database: Database, most = 200): (sql: string) => Statement => {
  const known = new Map<string, Statement>()
  return (sql) => {
    const statement = known.get(sql) ?? database.prepare(sql)
    known.delete(sql)
    known.set(sql, statement)
    const oldest = known.keys().next()
    if (known.size > most && oldest.done !== true) known.delete(oldest.value)
    return statement
  }
}
