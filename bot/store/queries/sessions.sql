-- name: add_session(id, flow, turn, status, initiator_id, partner_id, pair_chat, owner, sealed, started_at, touched_at)!
INSERT INTO sessions (id, flow, turn, status, version, initiator_id, partner_id, pair_chat, owner, sealed,
                      started_at, touched_at)
VALUES (:id, :flow, :turn, :status, 0, :initiator_id, :partner_id, :pair_chat, :owner, :sealed,
        :started_at, :touched_at);

-- name: session(id)^
SELECT id, flow, turn, status, version, initiator_id, partner_id, pair_chat, owner, sealed, started_at, touched_at
FROM sessions WHERE id = :id;

-- name: open_sessions(person_id)
SELECT id, flow, turn, status, version, initiator_id, partner_id, pair_chat, owner, sealed, started_at, touched_at
FROM sessions WHERE status = 'active' AND initiator_id = :person_id
UNION ALL
SELECT id, flow, turn, status, version, initiator_id, partner_id, pair_chat, owner, sealed, started_at, touched_at
FROM sessions WHERE status = 'active' AND partner_id IS NOT NULL AND partner_id = :person_id
ORDER BY touched_at DESC;

-- name: save_session(turn, status, pair_chat, sealed, touched_at, id, version)!
UPDATE sessions
SET turn = :turn, status = :status, pair_chat = :pair_chat, version = version + 1, sealed = :sealed, touched_at = :touched_at
WHERE id = :id AND version = :version;

-- name: answers_of(session_id)
SELECT person_id, sealed FROM answers WHERE session_id = :session_id;

-- name: save_answers(session_id, person_id, answered_at, sealed)!
INSERT INTO answers (session_id, person_id, answered_at, sealed)
VALUES (:session_id, :person_id, :answered_at, :sealed)
ON CONFLICT (session_id, person_id) DO UPDATE SET answered_at = excluded.answered_at, words = 1, sealed = excluded.sealed;

-- name: runs_done(person_id, flow, started_at)$
SELECT count(*) FROM sessions
WHERE status = 'done' AND initiator_id = :person_id AND flow = :flow AND started_at < :started_at;

-- name: runs_begun(person_id, flow, started_at)$
SELECT count(*) FROM sessions WHERE initiator_id = :person_id AND flow = :flow AND started_at < :started_at;

-- name: past_sessions(person_id, flow, started_at, most)
SELECT id, touched_at FROM sessions
WHERE status = 'done' AND initiator_id = :person_id AND flow = :flow AND started_at < :started_at
ORDER BY started_at DESC LIMIT :most;

-- name: set_timer(session_id, turn, due_at, beat)!
INSERT INTO timers (session_id, turn, due_at, beat) VALUES (:session_id, :turn, :due_at, :beat)
ON CONFLICT (session_id) DO UPDATE SET turn = excluded.turn, due_at = excluded.due_at, beat = excluded.beat;

-- name: beat_of(session_id)$
SELECT beat FROM timers WHERE session_id = :session_id;

-- name: due_timers(now, most)
SELECT session_id, turn FROM timers WHERE due_at <= :now ORDER BY due_at LIMIT :most;

-- name: drop_timer(session_id, turn)!
DELETE FROM timers WHERE session_id = :session_id AND turn = :turn;

-- name: begun_since(person_id, since)
SELECT id, flow, status, started_at, touched_at FROM sessions
WHERE initiator_id = :person_id AND partner_id IS NULL AND started_at >= :since ORDER BY started_at DESC, id;
