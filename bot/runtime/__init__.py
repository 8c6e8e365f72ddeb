"""The shell round the heart: one event becomes one transaction. Knows no SQL and no Telegram."""
