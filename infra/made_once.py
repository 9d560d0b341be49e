"""Files that are made once, by whichever process comes first."""

import os
import secrets
from pathlib import Path


def make_once(path: Path, content: bytes, *, size_bytes: int = 0) -> None:
    """Make a file that only its owner reads (mode 0600), unless it is there: it appears whole, on the disk, or not at all.

    What the content lacks to `size_bytes` is filled with zeros.

    Raises OSError where the folder cannot be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.truncate(max(size_bytes, len(content)))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
