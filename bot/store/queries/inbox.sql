-- name: take_in(update_id, received_at, sealed)!
INSERT INTO inbox (update_id, state, received_at, sealed)
VALUES (:update_id, 'new', :received_at, :sealed)
ON CONFLICT (update_id) DO NOTHING;

-- name: waiting_updates()
SELECT update_id, sealed FROM inbox WHERE state = 'new' ORDER BY received_at, update_id;

-- name: finish_update(update_id)!
UPDATE inbox SET state = 'done', sealed = NULL WHERE update_id = :update_id AND state = 'new';

-- name: fail_update(update_id)!
UPDATE inbox SET tries = tries + 1 WHERE update_id = :update_id;

-- name: tries_of(update_id)$
SELECT tries FROM inbox WHERE update_id = :update_id;

-- name: park_update(reason, update_id)!
UPDATE inbox SET state = 'parked', reason = :reason WHERE update_id = :update_id AND state = 'new';

-- name: drop_parked()!
DELETE FROM inbox WHERE state = 'parked';
