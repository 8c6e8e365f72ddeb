"""Changes of the schema, in order: alembic revisions with plain SQL. `store/migrate.py` climbs them."""
