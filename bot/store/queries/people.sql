-- name: person_in^
SELECT id, chat_id, consent_at, reachable, sealed FROM people WHERE chat_id = :chat_id;

-- name: person^
SELECT id, chat_id, consent_at, reachable, sealed FROM people WHERE id = :id;

-- name: add_person$
INSERT INTO people (chat_id, consent_at, sealed) VALUES (:chat_id, :consent_at, :sealed) RETURNING id;

-- name: save_profile!
UPDATE people SET sealed = :sealed WHERE id = :id;

-- name: set_reachable!
UPDATE people SET reachable = :reachable WHERE chat_id = :chat_id;
