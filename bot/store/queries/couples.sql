-- name: add_couple(one_id, two_id, made_at, sealed)$
INSERT INTO couples (one_id, two_id, made_at, one_sealed, two_sealed)
VALUES (:one_id, :two_id, :made_at, :sealed, :sealed)
RETURNING id;

-- name: save_couple(id, word_sealed, group_id, thread_id, one_in, two_in, alone, one_rest, two_rest, one_sealed, two_sealed)!
UPDATE couples
SET word_sealed = :word_sealed, group_id = :group_id, thread_id = :thread_id, one_in = :one_in, two_in = :two_in, alone = :alone,
    one_rest = :one_rest, two_rest = :two_rest, one_sealed = :one_sealed, two_sealed = :two_sealed
WHERE id = :id;

-- name: couple_of(person_id)^
SELECT id, made_at, word_sealed, group_id, thread_id, alone,
       one_id, one_in, one_rest, one_sealed, two_id, two_in, two_rest, two_sealed
FROM couples WHERE one_id = :person_id OR two_id = :person_id;

-- name: couple_in(group_id)^
SELECT id, made_at, word_sealed, group_id, thread_id, alone,
       one_id, one_in, one_rest, one_sealed, two_id, two_in, two_rest, two_sealed
FROM couples WHERE group_id = :group_id;

-- name: end_couple(id)!
DELETE FROM couples WHERE id = :id;

-- name: leave_group(person_id)!
UPDATE sessions SET pair_chat = NULL
WHERE pair_chat IS NOT NULL AND (initiator_id = :person_id OR partner_id = :person_id);

-- name: drop_other_invites(person_id, kind, hash)!
DELETE FROM invites WHERE person_id = :person_id AND kind = :kind AND hash <> :hash;

-- name: keep_invite(hash, kind, person_id, expires_at, asked_id, sealed, asked_sealed)!
INSERT INTO invites (hash, kind, person_id, expires_at, asked_id, sealed, asked_sealed)
VALUES (:hash, :kind, :person_id, :expires_at, :asked_id, :sealed, :asked_sealed)
ON CONFLICT (hash) DO UPDATE
SET kind = excluded.kind, person_id = excluded.person_id, expires_at = excluded.expires_at,
    asked_id = excluded.asked_id, sealed = excluded.sealed, asked_sealed = excluded.asked_sealed;

-- name: invite(hash)^
SELECT hash, kind, person_id, expires_at, sealed, asked_id, asked_sealed FROM invites WHERE hash = :hash;

-- name: invite_of(person_id, kind)^
SELECT hash, kind, person_id, expires_at, sealed, asked_id, asked_sealed
FROM invites WHERE person_id = :person_id AND kind = :kind;

-- name: invite_asked_by(person_id)^
SELECT hash, kind, person_id, expires_at, sealed, asked_id, asked_sealed
FROM invites WHERE asked_id = :person_id ORDER BY expires_at DESC, hash LIMIT 1;

-- name: drop_invite(hash)!
DELETE FROM invites WHERE hash = :hash;

-- name: tidy_invites(now)!
DELETE FROM invites WHERE expires_at < :now;

-- name: sessions_in(chat_id)
SELECT id, flow, turn, status, version, initiator_id, partner_id, pair_chat, owner, sealed, started_at, touched_at
FROM sessions WHERE status = 'active' AND pair_chat IS NOT NULL AND pair_chat = :chat_id ORDER BY touched_at DESC, id;

-- name: move_couple(old, new)!
UPDATE couples SET group_id = :new
WHERE group_id = :old AND NOT EXISTS (SELECT 1 FROM couples WHERE group_id = :new);

-- name: move_sessions(old, new)!
UPDATE sessions SET pair_chat = :new WHERE status = 'active' AND pair_chat IS NOT NULL AND pair_chat = :old;

-- name: move_messages(old, new)!
UPDATE outbox SET chat_id = :new WHERE chat_id = :old AND state IN ('new', 'sending', 'retry');
