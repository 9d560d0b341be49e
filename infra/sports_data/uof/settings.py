"""What an operator may turn about a Unified Odds Feed; see `infra.settings`, which these settings are part of."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from infra.kept_secret import TOKEN_SECRET_CHARS_MIN


class UofSettings(BaseSettings):
    """Who may post messages."""

    uof_token: SecretStr | None = Field(
        None,
        min_length=TOKEN_SECRET_CHARS_MIN,
        description="Bearer token with which `feed uof --listen` takes messages. Unset: it does not listen.",
    )
