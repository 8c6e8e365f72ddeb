"""Alongside: a private companion in Telegram. `app.py` puts it together; start reading at `flow/model.py`."""
