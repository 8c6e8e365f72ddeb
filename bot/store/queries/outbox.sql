-- name: add_message(id, chat_id, kind, person_id, session_id, turn, not_before, good_until, sensitive, sealed)!
INSERT INTO outbox (id, chat_id, kind, state, person_id, session_id, turn, tries, not_before, good_until,
                    sensitive, sealed)
VALUES (:id, :chat_id, :kind, 'new', :person_id, :session_id, :turn, 0, :not_before, :good_until,
        :sensitive, :sealed);

-- name: give_up_late_nudges(now)!
UPDATE outbox SET state = 'parked', reason = 'late', sealed = NULL
WHERE kind = 'nudge' AND state IN ('new', 'retry') AND good_until < :now;

-- name: drop_nudges(person_id)!
UPDATE outbox SET state = 'parked', reason = 'unwanted', sealed = NULL
WHERE kind = 'nudge' AND state IN ('new', 'retry') AND person_id = :person_id;

-- name: waiting_replies()
SELECT id, chat_id, kind, person_id, session_id, turn, tries, not_before, sensitive, sealed
FROM outbox WHERE kind = 'reply' AND state IN ('new', 'sending', 'retry') ORDER BY id;

-- name: give_up_half_sent_nudges()!
UPDATE outbox SET state = 'parked', reason = 'unknown', sealed = NULL WHERE kind = 'nudge' AND state = 'sending';

-- name: nudges_to_send(now, most)
SELECT id, chat_id, kind, person_id, session_id, turn, tries, not_before, sensitive, sealed
FROM outbox WHERE kind = 'nudge' AND state IN ('new', 'retry') AND (not_before IS NULL OR not_before <= :now)
ORDER BY id LIMIT :most;

-- name: claim_message(id)!
UPDATE outbox SET state = 'sending', tries = tries + 1 WHERE id = :id;

-- name: message_sent(message_id, sent_at, id)!
UPDATE outbox SET state = 'sent', sealed = NULL, message_id = :message_id, sent_at = :sent_at WHERE id = :id;

-- name: drop_message(id)!
DELETE FROM outbox WHERE id = :id;

-- name: message_later(not_before, id)!
UPDATE outbox SET state = 'retry', tries = tries + 1, not_before = :not_before WHERE id = :id;

-- name: park_message(reason, id)!
UPDATE outbox SET state = 'parked', reason = :reason, sealed = NULL WHERE id = :id;

-- name: sent_message_id(session_id, turn, chat_id)$
SELECT message_id FROM outbox
WHERE session_id = :session_id AND turn = :turn AND chat_id = :chat_id AND message_id IS NOT NULL
ORDER BY id DESC LIMIT 1;

-- name: sensitive_sent(chat_id, since)
SELECT message_id FROM outbox
WHERE chat_id = :chat_id AND sensitive = 1 AND message_id IS NOT NULL AND sent_at > :since ORDER BY id;

-- name: withdraw(chat_id)!
UPDATE outbox SET state = 'parked', reason = 'withdrawn', sealed = NULL
WHERE chat_id = :chat_id AND sensitive = 1 AND state IN ('new', 'retry');

-- name: last_message_id()$
SELECT max(id) FROM outbox;
