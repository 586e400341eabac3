/** What starts and settlements mean, in the words of both databases: of a message `m`, a list `i` and a time. */
import * as Aging from "../../../model/aging.js"

/** Who may go on: the fence of the claim is still the last one, and the lease is alive. */
export const isHeld = (claimed: string, now: string): string =>
  `m.fence = i.fence AND m.state = ${claimed} AND m.lease_until > ${now}`

export const sending = (fence: string, lease: string, now: string): string =>
  `state = 'sending', started_fence = ${fence}, lease_until = ${now} + ${lease}`

/** An attempt is settled by its own fence, and late only where no later attempt started. */
export const applies = (attempt: string): string =>
  `((m.fence = i.fence AND m.state IN ('claimed', 'sending', 'unknown'))
    OR (i.proof = 1 AND m.started_fence = i.fence AND m.state IN ('queued', 'scheduled', 'claimed', 'sending')
      AND EXISTS (SELECT 1 FROM ${attempt} AS a
        WHERE a.message = m.id AND a.fence = i.fence AND a.ended_at IS NULL)))`

export const settled = (source: string, now: string): string => {
  const isOpen = `${source}.state IN ('queued', 'scheduled')`
  const due = `${now} + ${source}.delay`
  return `state = ${source}.state, reason = ${source}.reason, owner = NULL, lease_until = NULL,
    settled_at = CASE WHEN ${isOpen} THEN NULL ELSE ${now} END,
    due_at = CASE WHEN ${isOpen} THEN ${due} ELSE m.due_at END,
    rank = CASE WHEN ${isOpen} THEN ${Aging.rankSql(due, "m.priority")} ELSE m.rank END,
    last_error = COALESCE(${source}.error, m.last_error), attempts = m.attempts + ${source}.counted,
    fence = CASE WHEN m.fence > ${source}.fence THEN m.fence + 1 ELSE m.fence END`
}

/** A recipient that has no new reply keeps the last one. */
export const fate = (old: string, source: string): string =>
  `state = ${source}.state, code = COALESCE(${source}.code, ${old}.code),
    enhanced = CASE WHEN ${source}.code IS NULL THEN ${old}.enhanced ELSE ${source}.enhanced END,
    reply = COALESCE(${source}.reply, ${old}.reply)`
