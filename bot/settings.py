"""What the operator decides: the environment, or a `.env` file beside the checkout (design.md, contract)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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

    @field_validator("languages", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # noqa: ANN401  whatever stands in the environment
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @property
    def token(self) -> str:
        """Return the token from BOT_TOKEN or its file. Raises SettingsError."""
        if self.bot_token:
            return self.bot_token.strip()
        if self.bot_token_file is None:
            raise SettingsError(
                "BOT_TOKEN is missing: get one from BotFather and put it into .env (or run: make try)"
            )
        try:
            token = self.bot_token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"BOT_TOKEN_FILE {self.bot_token_file} cannot be read") from None
        if not token:
            raise SettingsError(f"BOT_TOKEN_FILE {self.bot_token_file} is empty")
        return token

    @property
    def database(self) -> Path:
        """Return the database file. Raises SettingsError for a kind of database that is not built yet."""
        if self.database_url is None:
            return self.data_dir / "alongside.db"
        parts = urlsplit(self.database_url)
        if parts.scheme != "sqlite":
            raise SettingsError("DATABASE_URL: only sqlite:///… works in this version")
        return Path(unquote(parts.path[1:]))

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
        settings = Settings(**overrides)
    except ValidationError as error:
        faults = "; ".join(
            f"{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors(include_input=False)
        )
        raise SettingsError(faults) from None
    for name in ("webhook_url", "metrics_port"):
        if getattr(settings, name) is not None:
            raise SettingsError(f"{name.upper()} is set, but does not work in this version; remove it")
    return settings
