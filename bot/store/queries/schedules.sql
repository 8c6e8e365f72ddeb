-- name: schedule_of(person_id)^
SELECT person_id, weekday, minute, zone, weeks, slot, wanted, due_at, again, misses, eased, session_id
FROM schedules WHERE person_id = :person_id;

-- name: save_schedule(person_id, weekday, minute, zone, weeks, slot, wanted, due_at, again, misses, eased, session_id)!
INSERT INTO schedules (person_id, weekday, minute, zone, weeks, slot, wanted, due_at, again, misses, eased, session_id)
VALUES (:person_id, :weekday, :minute, :zone, :weeks, :slot, :wanted, :due_at, :again, :misses, :eased, :session_id)
ON CONFLICT (person_id) DO UPDATE
SET weekday = excluded.weekday, minute = excluded.minute, zone = excluded.zone, weeks = excluded.weeks,
    slot = excluded.slot, wanted = excluded.wanted, due_at = excluded.due_at, again = excluded.again,
    misses = excluded.misses, eased = excluded.eased, session_id = excluded.session_id;

-- name: due_schedules(now, too_far, most)
SELECT person_id, weekday, minute, zone, weeks, slot, wanted, due_at, again, misses, eased, session_id
FROM schedules WHERE due_at IS NOT NULL AND (due_at <= :now OR due_at > :too_far)
ORDER BY due_at LIMIT :most;

-- name: advance_schedule(weeks, slot, wanted, due_at, again, misses, eased, session_id, person_id, was_due_at)!
UPDATE schedules
SET weeks = :weeks, slot = :slot, wanted = :wanted, due_at = :due_at, again = :again, misses = :misses,
    eased = :eased, session_id = :session_id
WHERE person_id = :person_id AND due_at = :was_due_at;

-- name: mark_fired(person_id, day, again)!
INSERT INTO fired (person_id, day, again) VALUES (:person_id, :day, :again)
ON CONFLICT (person_id, day, again) DO NOTHING;
