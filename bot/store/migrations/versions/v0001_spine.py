"""The first schema: inbox, people, sessions, answers, timers, schedules, plans, couples, invites, outbox.

Columns named `sealed` or `…_sealed` hold AES-256-GCM values (store/vault.py). Times are milliseconds since
1970, UTC. The words are SQLite's: an INTEGER PRIMARY KEY and WITHOUT ROWID make one tree of a table, not two,
so that a commit has fewer pages to bring to the disk.
"""

from alembic import op

revision = "0001"
down_revision = None

UP = """
CREATE TABLE inbox (
    update_id INTEGER NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    sealed BLOB
);
CREATE INDEX inbox_waiting ON inbox (received_at, update_id) WHERE state = 'new';
CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL UNIQUE,
    consent_at INTEGER NOT NULL,
    reachable INTEGER NOT NULL DEFAULT 1,
    seen_at INTEGER NOT NULL,
    warned_at INTEGER,
    sealed BLOB NOT NULL
);
CREATE INDEX people_seen ON people (seen_at);
CREATE TABLE doomed (
    person_id INTEGER NOT NULL PRIMARY KEY
);
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    flow TEXT NOT NULL,
    turn INTEGER NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    initiator_id INTEGER,
    partner_id INTEGER,
    pair_chat INTEGER,
    owner INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_open_initiator ON sessions (initiator_id) WHERE status = 'active';
CREATE INDEX sessions_open_partner ON sessions (partner_id)
    WHERE status = 'active' AND partner_id IS NOT NULL;
CREATE INDEX sessions_open_group ON sessions (pair_chat) WHERE status = 'active' AND pair_chat IS NOT NULL;
CREATE INDEX sessions_of ON sessions (initiator_id, flow, started_at);
CREATE TABLE answers (
    session_id TEXT NOT NULL,
    person_id INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    words INTEGER NOT NULL DEFAULT 1,
    sealed BLOB NOT NULL,
    PRIMARY KEY (session_id, person_id)
) WITHOUT ROWID;
CREATE INDEX answers_wordy ON answers (person_id, answered_at) WHERE words = 1;
CREATE TABLE timers (
    session_id TEXT NOT NULL PRIMARY KEY,
    turn INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    beat INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_at);
CREATE TABLE schedules (
    person_id INTEGER NOT NULL PRIMARY KEY,
    weekday INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    zone TEXT NOT NULL,
    weeks INTEGER NOT NULL,
    slot INTEGER,
    wanted INTEGER,
    due_at INTEGER,
    again INTEGER NOT NULL,
    misses INTEGER NOT NULL,
    eased INTEGER NOT NULL,
    session_id TEXT
);
CREATE INDEX schedules_due ON schedules (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL,
    flow TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    due_at INTEGER,
    session_id TEXT,
    sealed BLOB NOT NULL
);
CREATE INDEX plans_of ON plans (person_id);
CREATE INDEX plans_due ON plans (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX plans_asked ON plans (session_id) WHERE session_id IS NOT NULL;
CREATE TABLE couples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    one_id INTEGER NOT NULL UNIQUE,
    two_id INTEGER NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    word_sealed BLOB,
    group_id INTEGER UNIQUE,
    thread_id INTEGER,
    one_in INTEGER NOT NULL DEFAULT 0,
    two_in INTEGER NOT NULL DEFAULT 0,
    alone INTEGER NOT NULL DEFAULT 0,
    one_rest INTEGER,
    two_rest INTEGER,
    one_sealed BLOB NOT NULL,
    two_sealed BLOB NOT NULL
);
CREATE TABLE invites (
    hash BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    person_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    asked_id INTEGER,
    sealed BLOB NOT NULL,
    asked_sealed BLOB,
    UNIQUE (person_id, kind)
) WITHOUT ROWID;
CREATE INDEX invites_asked ON invites (asked_id) WHERE asked_id IS NOT NULL;
CREATE TABLE fired (
    person_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    again INTEGER NOT NULL,
    PRIMARY KEY (person_id, day, again)
) WITHOUT ROWID;
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    person_id INTEGER,
    session_id TEXT,
    turn INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    not_before INTEGER,
    good_until INTEGER,
    message_id INTEGER,
    sent_at INTEGER,
    reason TEXT,
    sensitive INTEGER NOT NULL DEFAULT 0,
    sealed BLOB
);
CREATE INDEX outbox_waiting ON outbox (kind, id) WHERE state IN ('new', 'sending', 'retry');
CREATE INDEX outbox_question ON outbox (session_id, turn) WHERE session_id IS NOT NULL
"""

TABLES = (
    "doomed",
    "outbox",
    "fired",
    "invites",
    "couples",
    "plans",
    "schedules",
    "timers",
    "answers",
    "sessions",
    "people",
    "inbox",
)


def upgrade() -> None:
    """Make every table."""
    for statement in UP.split(";"):
        op.execute(statement)


def downgrade() -> None:
    """Drop every table."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
