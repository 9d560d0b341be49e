"""A secret in a private file: created once by the first process, and replaced where it is damaged."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

import structlog

from infra.made_once import make_once

TOKEN_SECRET_CHARS_MIN = 32

logger = structlog.get_logger()


def kept_secret(path: Path, lost: str = "everybody has to sign in again") -> str:
    """Return the secret kept in a file that only its owner reads (mode 0600), made at the first call; `lost` says what another one means.

    Processes may race for the first call: the file appears whole or not at all and the first one wins. A file that is damaged (empty, cut
    short, no text) is set aside and the secret made anew. Raises OSError where the folder cannot be made or written.
    """
    while True:
        if not path.exists():
            make_once(path, secrets.token_urlsafe(48).encode())
        if found := _secret_in(path):
            return found
        _set_aside(path, lost)


def _secret_in(path: Path) -> str | None:
    """Return the secret, None where the file is gone or damaged."""
    try:
        return _sound(path.read_bytes())
    except FileNotFoundError:
        return None


def _sound(kept: bytes) -> str | None:
    try:
        found = kept.decode().strip()
    except UnicodeDecodeError:
        return None
    return found if len(found) >= TOKEN_SECRET_CHARS_MIN and found.isprintable() else None


def _set_aside(path: Path, lost: str) -> None:
    """Rename a damaged file, unless another process has just done so: whoever holds its lock sees whether it still has the name.

    What has the name by now may be the sound one that the other made since.
    """
    with suppress(FileNotFoundError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.stat().st_ino == os.fstat(file.fileno()).st_ino and _sound(file.read()) is None:
            path.replace(path.with_name(f"{path.name}.damaged"))
            logger.warning("a damaged secret was set aside and replaced", file=str(path), means=lost)
