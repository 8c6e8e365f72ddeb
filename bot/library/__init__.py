"""From `content/` to checked exercises: reading, proving, rendering. May import `flow`, nothing else."""
