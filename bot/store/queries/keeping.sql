-- name: tidy_inbox(done_before, parked_before)!
DELETE FROM inbox
WHERE (state = 'done' AND received_at < :done_before) OR (state = 'parked' AND received_at < :parked_before);

-- name: tidy_outbox(before)!
DELETE FROM outbox WHERE state IN ('sent', 'parked') AND id < :before;

-- name: tidy_fired(before)!
DELETE FROM fired WHERE day < :before;

-- name: people_with_old_words(before, after, most)
SELECT person_id FROM answers WHERE words = 1 AND person_id > :after AND answered_at < :before
UNION SELECT person_id FROM plans WHERE person_id > :after AND made_at < :before
ORDER BY person_id LIMIT :most;

-- name: idle_people(before)
SELECT id FROM people WHERE seen_at < :before ORDER BY seen_at;

-- name: wordy_answers(person_id, before, most)
SELECT answers.session_id, sessions.flow, answers.sealed
FROM answers JOIN sessions ON sessions.id = answers.session_id
WHERE answers.person_id = :person_id AND answers.words = 1 AND answers.answered_at < :before LIMIT :most;

-- name: drop_words(sealed, words, session_id, person_id)!
UPDATE answers SET sealed = :sealed, words = :words WHERE session_id = :session_id AND person_id = :person_id;

-- name: sessions_of(person_id)
SELECT id, flow, turn, status, version, initiator_id, partner_id, pair_chat, owner, sealed, started_at, touched_at
FROM sessions WHERE initiator_id = :person_id OR partner_id = :person_id ORDER BY started_at, id;
