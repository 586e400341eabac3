/** Starts and settlements on PostgreSQL: one call, whose statements are planned once for each connection. */
import * as Clauses from "./clauses.js"
import * as Lists from "./lists.js"

/** The number grows with each change of the function, so that runners of two versions can share a database. */
export const name = (prefix: string): string => `${prefix}turn_1`

const list = (parameter: string, columns: Readonly<Record<string, string>>): string =>
  `json_to_recordset(${parameter}) AS i(${
    Object.entries(columns).map(([column, type]) => `${column} ${type}`).join(", ")
  })`

/**
 * The plan is made before it is known how long the lists are and what is in the table, so only the one that finds each row
 * by its key is allowed. `held` is a variable, so that no index of claimed messages is taken to be as short as it may
 * have been when the table was analyzed.
 */
export const create = (prefix: string): string => {
  const message = `${prefix}message`
  const recipient = `${prefix}recipient`
  const attempt = `${prefix}attempt`
  const fates = `json_to_recordset(the_fates) AS f(${
    Object.entries(Lists.fateColumns).map(([column, type]) => `${column} ${type}`).join(", ")
  })`
  return `CREATE OR REPLACE FUNCTION ${name(prefix)}(the_starts json, the_owner text, the_lease bigint,
      the_settlements json, the_fates json, the_time bigint, OUT started json, OUT settled json)
    LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    held text := 'claimed';
    ids text[];
    changed bigint;
    expected bigint;
  BEGIN
    IF the_starts IS NOT NULL THEN
      WITH begun AS (
        UPDATE ${message} AS m SET ${Clauses.sending("m.fence", "the_lease", "the_time")}
        FROM ${list("the_starts", Lists.holdColumns)} WHERE m.id = i.id AND ${Clauses.isHeld("held", "the_time")}
        RETURNING m.id, m.fence),
      noted AS (
        INSERT INTO ${attempt} (message, fence, owner, started_at) SELECT b.id, b.fence, the_owner, the_time FROM begun AS b)
      SELECT json_agg(b.id) INTO started FROM begun AS b;
    END IF;
    IF the_settlements IS NOT NULL THEN
      WITH done AS (
        UPDATE ${message} AS m SET ${Clauses.settled("i", "the_time")}
        FROM ${list("the_settlements", Lists.settlementColumns)} WHERE m.id = i.id AND ${Clauses.applies(attempt)}
        RETURNING m.id)
      SELECT array_agg(d.id) INTO ids FROM done AS d;
      settled := array_to_json(ids);
      UPDATE ${attempt} AS a SET ended_at = the_time, outcome = i.outcome, detail = i.detail
        FROM ${list("the_settlements", Lists.settlementColumns)}
        WHERE a.message = i.id AND a.fence = i.fence AND a.ended_at IS NULL;
      GET DIAGNOSTICS changed = ROW_COUNT;
      IF changed < json_array_length(the_settlements) THEN
        INSERT INTO ${attempt} (message, fence, owner, ended_at, outcome, detail)
          SELECT i.id, i.fence, i.owner, the_time, i.outcome, i.detail
          FROM ${list("the_settlements", Lists.settlementColumns)} JOIN ${message} AS m ON m.id = i.id
          ON CONFLICT (message, fence) DO NOTHING;
      END IF;
      UPDATE ${recipient} AS r SET ${Clauses.fate("r", "f")}
        FROM ${fates} WHERE r.message = f.id AND r.address = f.address AND f.id = ANY(ids);
      GET DIAGNOSTICS changed = ROW_COUNT;
      SELECT count(*) INTO expected FROM ${fates} WHERE f.id = ANY(ids);
      IF changed < expected THEN
        INSERT INTO ${recipient} (message, address, domain, state, code, enhanced, reply)
          SELECT f.id, f.address, f.domain, f.state, f.code, f.enhanced, f.reply FROM ${fates} WHERE f.id = ANY(ids)
          ON CONFLICT (message, address) DO NOTHING;
      END IF;
    END IF;
  END $$`
}
