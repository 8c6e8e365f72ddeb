"""The two ways things go wrong here: the bot asks what Telegram refuses, or a person does the impossible."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal as the Bot API words it: an HTTP status, a description and perhaps `parameters`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        """Keep the status `code`, the `description` and `parameters` such as `retry_after` in seconds."""
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters


class HumanError(ValueError):
    """A person here tried what no Telegram app lets a person do, such as editing another's words."""


def bad_request(description: str) -> ApiError:
    """Return the 400 that Telegram gives with `description` after its usual prefix."""
    return ApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """Return the 403 that Telegram gives with `description` after its usual prefix."""
    return ApiError(403, f"Forbidden: {description}")
