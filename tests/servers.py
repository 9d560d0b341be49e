"""Real servers for tests: folders every account may enter, a fresh database and an empty Valkey for each test."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql


@contextmanager
def server_folder() -> Iterator[Path]:
    """A temporary folder which, unlike pytest's, the account PostgreSQL runs as under root may pass through."""
    with tempfile.TemporaryDirectory(prefix="slipstream-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o711)
        yield folder


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """A new database on the server, dropped afterwards with whatever is still connected to it."""
    name = f"test_{uuid.uuid1().hex}"
    base, _, _ = server_url.rpartition("/")
    _run(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield f"{base}/{name}"
    finally:
        _run(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
