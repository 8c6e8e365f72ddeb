"""What can be found in each kind of text, in the order in which it is told."""

from __future__ import annotations

from typing import Final

LABELS: Final[dict[str, tuple[str, ...]]] = {
    "refusal": (
        "clear_no", "apology_heap", "excuse", "hint", "question", "maybe", "blame", "over_long", "warmth",
        "offer",
    ),
    "istatement": (
        "always_never", "mind_reading", "label_person", "feel_that_you", "feeling", "request", "observation",
    ),
    "thanks": ("what", "when", "what_it_did", "vague"),
}  # fmt: skip
"""The kinds of text, and their labels (shared with the banks)."""
