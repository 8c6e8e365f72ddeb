"""The named queries, read from the `.sql` files in this folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql


@lru_cache(maxsize=2)
def load_queries(driver: str) -> Any:  # noqa: ANN401  aiosql makes its methods from the files
    """Return the queries for a driver: `sqlite3` or `psycopg`. The same files serve both."""
    return aiosql.from_path(Path(__file__).parent, driver)
