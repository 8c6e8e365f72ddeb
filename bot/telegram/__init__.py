"""The edge: the only folder that knows Telegram. Nothing but `app.py` imports it."""

import os

# PTB then gives durations as timedelta, and does not warn about the old way at each 429.
os.environ.setdefault("PTB_TIMEDELTA", "true")
