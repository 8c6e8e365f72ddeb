-- name: person_in(chat_id)^
SELECT id, chat_id, consent_at, reachable, seen_at, warned_at, sealed FROM people WHERE chat_id = :chat_id;

-- name: person(id)^
SELECT id, chat_id, consent_at, reachable, seen_at, warned_at, sealed FROM people WHERE id = :id;

-- name: add_person(chat_id, consent_at, sealed)$
INSERT INTO people (chat_id, consent_at, seen_at, sealed) VALUES (:chat_id, :consent_at, :consent_at, :sealed)
RETURNING id;

-- name: save_profile(sealed, id)!
UPDATE people SET sealed = :sealed WHERE id = :id;

-- name: set_reachable(reachable, chat_id)!
UPDATE people SET reachable = :reachable WHERE chat_id = :chat_id;

-- name: see(seen_at, id)!
UPDATE people SET seen_at = :seen_at, warned_at = NULL WHERE id = :id;

-- name: warn(warned_at, id)!
UPDATE people SET warned_at = :warned_at WHERE id = :id;
