-- name: erase_timers(person_id)!
DELETE FROM timers WHERE session_id IN (
    SELECT id FROM sessions WHERE initiator_id = :person_id OR partner_id = :person_id
);

-- name: erase_answers(person_id)!
DELETE FROM answers WHERE person_id = :person_id AND session_id IN (
    SELECT id FROM sessions WHERE initiator_id = :person_id OR partner_id = :person_id
);

-- name: erase_lone_sessions(person_id)!
DELETE FROM sessions
WHERE (initiator_id = :person_id AND partner_id IS NULL) OR (partner_id = :person_id AND initiator_id IS NULL);

-- name: leave_shared_sessions(person_id)!
UPDATE sessions
SET initiator_id = CASE WHEN initiator_id = :person_id THEN NULL ELSE initiator_id END,
    partner_id = CASE WHEN partner_id = :person_id THEN NULL ELSE partner_id END,
    status = CASE WHEN status = 'active' THEN 'left' ELSE status END,
    version = version + 1
WHERE initiator_id = :person_id OR partner_id = :person_id;

-- name: erase_messages(person_id)!
DELETE FROM outbox
WHERE person_id = :person_id OR ((person_id IS NULL OR state IN ('new', 'retry')) AND session_id IN (
    SELECT id FROM sessions WHERE initiator_id = :person_id OR partner_id = :person_id
));

-- name: erase_schedule(person_id)!
DELETE FROM schedules WHERE person_id = :person_id;

-- name: erase_fired(person_id)!
DELETE FROM fired WHERE person_id = :person_id;

-- name: erase_plans(person_id)!
DELETE FROM plans WHERE person_id = :person_id;

-- name: erase_couple(person_id)!
DELETE FROM couples WHERE one_id = :person_id OR two_id = :person_id;

-- name: erase_invites(person_id)!
DELETE FROM invites WHERE person_id = :person_id OR asked_id = :person_id;

-- name: erase_person(person_id)!
DELETE FROM people WHERE id = :person_id;

-- name: doom_key(person_id)!
INSERT INTO doomed (person_id) VALUES (:person_id) ON CONFLICT (person_id) DO NOTHING;
