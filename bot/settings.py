"""What the operator decides: the environment, or a `.env` file beside the checkout (design.md, contract)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
TAKEN = frozenset({"stop", "start", "help", "menu", "settings", "checkin", "privacy", "export", "forget"})
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")


class SettingsError(Exception):
    """Settings that cannot be used; the text names all faults, in one line, and no secret."""


class Settings(BaseSettings):
    """Every setting, typed. Empty values count as unset."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    bot_token: str | None = None
    bot_token_file: Path | None = None
    bot_api_url: str | None = None
    data_dir: Path = Path("data")
    database_url: str | None = None
    master_key: str | None = None
    master_key_file: Path | None = None
    webhook_url: str | None = None
    content_dir: Path = Path("content")
    log_level: str = "INFO"
    languages: Annotated[tuple[str, ...], NoDecode] = Field(
        ("en",), validation_alias=AliasChoices("languages")
    )
    metrics_port: int | None = None
    operator: str = ""
    exit_word: str = "exit"
    operator_id: int | None = None
    backup_dir: Path | None = None
    backup_days: int = Field(30, ge=1)

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value.upper() not in LEVELS:
            raise ValueError(f"must be one of {', '.join(LEVELS)}")
        return value.upper()

    @field_validator("exit_word")
    @classmethod
    def _is_word(cls, value: str) -> str:
        word = value.strip().lower().removeprefix("/")
        if not re.fullmatch(r"[a-z][a-z0-9_]{2,31}", word) or word in TAKEN:
            raise ValueError("must be one word of 3 to 32 letters and digits, and no other command")
        return word

    @field_validator("bot_api_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        try:
            parts = urlsplit(value or "http://unset")
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ValueError("must begin with http:// or https:// and name a server")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_built(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "sqlite:///unset")
        if parts.scheme != "sqlite" or parts.netloc or len(parts.path) < len("/x"):
            raise ValueError("only sqlite:///… works in this version")
        return value

    @field_validator("webhook_url", "metrics_port", mode="before")
    @classmethod
    def _is_unset(cls, value: object) -> object:
        if value is not None:
            raise ValueError("does not work in this version; remove it")
        return value

    @field_validator("languages", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # noqa: ANN401  whatever stands in the environment
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @property
    def token(self) -> str:
        """Return the token from BOT_TOKEN or its file. Raises SettingsError."""
        if self.bot_token:
            return _proven(self.bot_token, "BOT_TOKEN")
        if self.bot_token_file is None:
            raise SettingsError(
                "BOT_TOKEN is missing: get one from BotFather and put it into .env (or run: make try)"
            )
        try:
            token = self.bot_token_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"BOT_TOKEN_FILE {self.bot_token_file} cannot be read") from None
        return _proven(token, f"BOT_TOKEN_FILE {self.bot_token_file}")

    @property
    def database(self) -> Path:
        """Return the database file."""
        if self.database_url is None:
            return self.data_dir / "alongside.db"
        return Path(unquote(urlsplit(self.database_url).path[1:]))

    @property
    def key_path(self) -> Path:
        """Return where the master key lies: beside the data folder unless the operator says otherwise."""
        if self.master_key_file is not None:
            return self.master_key_file
        folder = self.data_dir.absolute()
        return folder.parent / f"{folder.name}.key"


def read_settings(**overrides: Any) -> Settings:  # noqa: ANN401  settings are of several kinds
    """Read the environment. Raises SettingsError naming every fault at once."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = "; ".join(
            f"{str(one['loc'][0]).upper()}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors(include_input=False)
        )
        raise SettingsError(faults) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError("the file .env cannot be read") from None


def _proven(token: str, where: str) -> str:
    """Return the token without blanks around it. Raises SettingsError, which does not show it."""
    token = token.strip()
    if not _TOKEN.fullmatch(token):
        raise SettingsError(f"{where} is no token: BotFather gives it as digits, a colon, letters and digits")
    return token
