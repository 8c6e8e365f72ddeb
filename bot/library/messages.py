"""The bot's own sentences, outside any exercise: `content/messages.yaml`.

`KEYS` names each with the variables it may use; the loader refuses a file that lacks one or has one more.
"""

from __future__ import annotations

from typing import Literal, get_args

MessageKey = Literal[
    "noted",
    "noted_sealed",
    "answer_in",
    "noted_ready",
    "needs_button",
    "needs_text",
    "needs_words",
    "too_long",
    "changed",
    "old",
    "done",
    "pick_more",
    "pick_fewer",
    "not_yours",
    "edited",
    "nothing_open",
    "unknown_command",
    "stopped",
    "ended",
    "paused",
    "back",
    "over",
    "waits",
    "is_paused",
    "other_turn",
    "by_voice",
    "in_group",
    "look_private",
    "open_private",
    "time_up",
    "someone",
    "invite_link",
    "not_ready",
    "welcome_first",
    "no_link",
    "accepted",
    "paired",
    "parted",
    "not_two",
    "rests",
    "one_at_a_time",
    "group_link",
    "button_group",
    "group_hello",
    "group_sees",
    "group_sees_all",
    "button_here",
    "group_ready",
    "button_alone",
    "looking",
    "elsewhere",
    "date_title",
    "date_file",
    "export_file",
    "account_ends",
    "nothing_to_stop",
    "exit",
    "always_there",
    "eased",
    "consent_first",
    "before_yes",
    "welcome_back",
    "failed",
    "slowly",
    "stats",
    "few",
    "resume",
    "shrugs",
    "day_today",
    "day_tomorrow",
    "offer",
    "button_back",
    "button_skip",
    "button_done",
    "button_again",
    "button_pause",
    "button_stop",
]

KEYS: dict[MessageKey, frozenset[str]] = {key: frozenset() for key in get_args(MessageKey)}
KEYS["too_long"] = frozenset({"length", "limit"})
KEYS["welcome_back"] = frozenset({"me"})
KEYS["stats"] = frozenset({"people", "active", "nudges", "parked", "finished"})
KEYS["account_ends"] = frozenset({"days"})
KEYS["resume"] = frozenset({"title"})
KEYS["eased"] = frozenset({"weeks"})
KEYS["invite_link"] = frozenset({"label", "link"})
KEYS["accepted"] = frozenset({"label"})
KEYS["paired"] = frozenset({"label"})
KEYS["rests"] = frozenset({"until"})
KEYS["group_hello"] = frozenset({"sees"})
KEYS["offer"] = frozenset({"title", "minutes"})

TOASTS: frozenset[MessageKey] = frozenset(
    {
        "noted",
        "noted_sealed",
        "old",
        "done",
        "pick_more",
        "pick_fewer",
        "not_yours",
        "is_paused",
        "looking",
        "other_turn",
    }
)
"""Answers to a press, which Telegram shows for a moment: at most 200 characters."""
