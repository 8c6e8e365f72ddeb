-- name: count_people()$
SELECT count(*) FROM people;

-- name: count_active(since)$
SELECT count(*) FROM (
    SELECT initiator_id FROM sessions
    WHERE touched_at >= :since AND touched_at > started_at AND initiator_id IS NOT NULL
    UNION
    SELECT partner_id FROM sessions
    WHERE touched_at >= :since AND touched_at > started_at AND partner_id IS NOT NULL
);

-- name: count_finished()
SELECT flow, count(*) FROM sessions WHERE status = 'done' GROUP BY flow ORDER BY flow;

-- name: count_nudges(since_day)$
SELECT count(*) FROM fired WHERE day >= :since_day;

-- name: count_parked()$
SELECT count(*) FROM inbox WHERE state = 'parked';
