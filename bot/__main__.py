"""`python -m bot` is `alongside`."""

from bot.cli import main

main()
