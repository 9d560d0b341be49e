"""File locks between processes: the kernel releases them when a process ends, however it ends."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """An exclusive lock on a file, which may carry a line that says who holds it.

    The file stays when the lock goes. Not for use by several threads at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lock if it is free and say whether it is ours now; never waits. Raises OSError where the file cannot be made."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def write(self, line: str) -> None:
        """Say in the file who holds the lock. The lock must be held."""
        assert self._descriptor is not None, "the lock is not held"
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, line.encode(), 0)

    def read(self) -> str:
        """Return what the holder wrote, "" when nothing."""
        try:
            return self.path.read_text(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def release(self) -> None:
        """Give the lock up; releasing twice is no error."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
