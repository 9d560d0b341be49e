"""What an operator may turn, read from the environment (`SLIPSTREAM_...`), and the secret that signs tokens."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Literal

import structlog
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PORT_MAX = 65_535
TOKEN_SECRET_CHARS_MIN = 32

logger = structlog.get_logger()


class Settings(BaseSettings):
    """Every knob with its default; `SLIPSTREAM_HTTP_PORT=9000` sets `http_port`. Units are last in a name."""

    model_config = SettingsConfigDict(env_prefix="SLIPSTREAM_", env_ignore_empty=True, frozen=True)

    data_dir: Path = Field(Path(".slipstream"), description="Folder of the embedded servers, the token secret and the pids.")
    database_url: str | None = Field(None, description="PostgreSQL 15+ to use; none starts the embedded one.")
    redis_url: str | None = Field(None, description="Redis or Valkey 7+ to use; none starts the embedded one.")
    http_host: str = Field("127.0.0.1", description="Address the HTTP API listens on.")
    http_port: int = Field(8000, ge=0, le=PORT_MAX, description="Port of the HTTP API; 0 chooses a free one.")
    postgres_port: int | None = Field(None, ge=1, le=PORT_MAX, description="Port of the embedded PostgreSQL; none chooses a free one.")
    valkey_port: int | None = Field(None, ge=1, le=PORT_MAX, description="Port of the embedded Valkey; none chooses a free one.")

    token_secret: SecretStr | None = Field(
        None, min_length=TOKEN_SECRET_CHARS_MIN, description="Signs tokens; none makes one and keeps it in the data folder."
    )
    token_ttl_s: int = Field(86_400, ge=60, le=31_536_000, description="How long a sign-in lasts, in seconds.")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least severe line to log.")
    log_json: bool = Field(default=False, description="Log JSON lines instead of text for people.")

    commands_per_batch_max: int = Field(512, ge=1, le=10_000, description="Commands committed together at most.")
    batch_wait_ms: int = Field(2, ge=0, le=1_000, description="How long a batch waits for company, in milliseconds.")
    queue_commands_max: int = Field(20_000, ge=1, le=1_000_000, description="Commands waiting at most; more are refused as overload.")

    grace_ms: int = Field(
        3_000, ge=0, le=60_000, description="How long a price may still be taken after it moved, in milliseconds, unless its market says."
    )
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="ISO 4217 currency of new wallets.")

    def token_key(self) -> str:
        """Return the secret that signs tokens: the configured one, else the one kept in the data folder, made at first use."""
        if self.token_secret is not None:
            return self.token_secret.get_secret_value()
        return kept_secret(self.data_dir / "token_secret")


def kept_secret(path: Path) -> str:
    """Return the secret kept in a file that only its owner reads (mode 0600), made at the first call.

    Processes may race for the first call: the file appears whole or not at all and the first one wins. A file that is damaged (empty, cut
    short, no text) is set aside and the secret made anew. Raises OSError where the folder cannot be made or written.
    """
    while True:
        if not path.exists():
            _make_secret(path)
        if found := _secret_in(path):
            return found
        _set_aside(path)


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        _keep_first(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _secret_in(path: Path) -> str | None:
    """Return the secret, None where the file is gone or damaged."""
    try:
        found = path.read_text().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return found if len(found) >= TOKEN_SECRET_CHARS_MIN and found.isprintable() else None


def _set_aside(path: Path) -> None:
    """Rename a damaged file, unless another process has just done so: whoever holds its lock sees whether it still has the name."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            path.replace(path.with_name(f"{path.name}.damaged"))
            logger.warning("a damaged secret is set aside and made anew; who was signed in signs in again", file=str(path))


def _keep_first(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
