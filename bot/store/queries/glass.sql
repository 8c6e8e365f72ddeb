-- name: people_about(person_id)
SELECT * FROM people WHERE id = :person_id;

-- name: schedules_about(person_id)
SELECT * FROM schedules WHERE person_id = :person_id;

-- name: fired_about(person_id, most)
SELECT * FROM fired WHERE person_id = :person_id ORDER BY day DESC LIMIT :most;

-- name: plans_about(person_id, most)
SELECT * FROM plans WHERE person_id = :person_id ORDER BY id DESC LIMIT :most;

-- name: couples_about(person_id)
SELECT * FROM couples WHERE one_id = :person_id OR two_id = :person_id;

-- name: invites_about(person_id)
SELECT * FROM invites WHERE person_id = :person_id ORDER BY kind;

-- name: sessions_about(person_id, most)
SELECT * FROM sessions WHERE initiator_id = :person_id OR partner_id = :person_id
ORDER BY touched_at DESC LIMIT :most;

-- name: answers_about(person_id, most)
SELECT * FROM answers WHERE person_id = :person_id ORDER BY answered_at DESC LIMIT :most;

-- name: timers_about(person_id)
SELECT timers.* FROM timers JOIN sessions ON sessions.id = timers.session_id
WHERE initiator_id = :person_id OR partner_id = :person_id;

-- name: outbox_about(person_id, most)
SELECT * FROM outbox WHERE person_id = :person_id ORDER BY id DESC LIMIT :most;

-- name: last_sessions(chat_id, most)
SELECT id FROM sessions
WHERE pair_chat = :chat_id
   OR (pair_chat IS NULL AND (initiator_id IN (SELECT id FROM people WHERE chat_id = :chat_id)
                              OR partner_id IN (SELECT id FROM people WHERE chat_id = :chat_id)))
ORDER BY touched_at DESC LIMIT :most;

-- name: next_schedule()$
SELECT min(due_at) FROM schedules;

-- name: next_timer()$
SELECT min(due_at) FROM timers;

-- name: next_plan()$
SELECT min(due_at) FROM plans;

-- name: last_session()^
SELECT status, turn FROM sessions ORDER BY touched_at DESC, id DESC LIMIT 1;

-- name: count_timers()$
SELECT count(*) FROM timers;

-- name: count_unsent()$
SELECT count(*) FROM outbox WHERE state IN ('new', 'sending', 'retry');
