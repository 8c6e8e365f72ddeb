"""A stand-in Bot API server on loopback: for tests, and for trying a bot without Telegram.

`SandboxServer` serves `/bot<token>/<method>` as strictly as Telegram does and, at `/`, a page on which one
person chats with the bot. `World` is the state behind it and has a method for everything a person can do;
`Faults` breaks calls on demand. The package knows nothing of the bot that is tried: point any bot's base URL
at `server.url + "/bot"` and give it the token `server.token`.
"""

from bot.sandbox.cast import ANN, BO, GROUP
from bot.sandbox.errors import ApiError, HumanError
from bot.sandbox.faults import Fault, Faults, Rule
from bot.sandbox.limits import Limits
from bot.sandbox.server import TOKEN, Call, SandboxServer
from bot.sandbox.shapes import buttons
from bot.sandbox.world import World

__all__ = [
    "ANN",
    "BO",
    "GROUP",
    "TOKEN",
    "ApiError",
    "Call",
    "Fault",
    "Faults",
    "HumanError",
    "Limits",
    "Rule",
    "SandboxServer",
    "World",
    "buttons",
]
