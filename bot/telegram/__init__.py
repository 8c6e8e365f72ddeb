"""The edge: the only folder that knows Telegram. Nothing but `app.py` imports it."""
