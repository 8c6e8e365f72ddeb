-- name: add_plan(person_id, flow, made_at, sealed)$
INSERT INTO plans (person_id, flow, state, made_at, changed_at, sealed)
VALUES (:person_id, :flow, 'new', :made_at, :made_at, :sealed)
RETURNING id;

-- name: save_plan(id, state, due_at, session_id, changed_at, sealed)!
UPDATE plans SET state = :state, due_at = :due_at, session_id = :session_id, changed_at = :changed_at, sealed = :sealed
WHERE id = :id;

-- name: plan(id)^
SELECT id, person_id, flow, state, made_at, changed_at, due_at, session_id, sealed FROM plans WHERE id = :id;

-- name: plan_of_session(session_id)^
SELECT id, person_id, flow, state, made_at, changed_at, due_at, session_id, sealed
FROM plans WHERE session_id = :session_id;

-- name: plans_of(person_id)
SELECT id, person_id, flow, state, made_at, changed_at, due_at, session_id, sealed
FROM plans WHERE person_id = :person_id ORDER BY id DESC;

-- name: due_plans(now, most)
SELECT id FROM plans WHERE due_at <= :now ORDER BY due_at LIMIT :most;

-- name: tidy_plans(before)!
DELETE FROM plans WHERE state = 'over' AND changed_at < :before;

-- name: drop_old_plans(person_id, before)!
DELETE FROM plans WHERE person_id = :person_id AND made_at < :before;
