"""PostgreSQL and Valkey for one benchmark."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.valkey import EmbeddedValkey


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Start PostgreSQL and Valkey in a folder that goes afterwards; give their URLs."""
    with tempfile.TemporaryDirectory(prefix="slipstream-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "postgres") as postgres, EmbeddedValkey(folder / "valkey", snapshots=False) as valkey:
            yield postgres.start(), valkey.start()
