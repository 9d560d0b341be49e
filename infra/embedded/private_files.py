"""Files beside a server's data that only their owner reads: its password, and settings that name it."""

import os
import re
from pathlib import Path

PASSWORD = re.compile(r"[A-Za-z0-9_-]{32,128}")


def kept_password(home: Path) -> str | None:
    """Return the server's password, None where its file is lost or damaged."""
    try:
        found = (home / "password").read_text().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return found if PASSWORD.fullmatch(found) else None


def write_private(path: Path, text: str) -> None:
    """Put a file that only its owner reads in place in one step."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
