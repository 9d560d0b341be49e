"""`slipstream doctor`: looks at the machine, the settings and the servers, and changes nothing."""

import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg

from api.cli.reports import Finding
from commands.ports import StoreUnavailable
from infra.clock import Clock
from infra.embedded.binaries import postgres_bin, valkey_server
from infra.embedded.errors import EmbeddedServerError
from infra.eventstore.clock_check import refuse_skewed_clock
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.eventstore.server_check import refuse_unfit
from infra.log.tail import Tail
from infra.operator_errors import Failure
from infra.readmodels.clients import SERVER_ERRORS
from infra.readmodels.server_check import servers_at
from infra.replica.replica_check import refuse_unfit_replica
from infra.roles.replace import running_up
from infra.settings import Settings
from infra.unknown_settings import unknown_variables

PYTHON_MIN = (3, 11)
FREE_BYTES_MIN = 2 * 1024**3
OPEN_FILES_MIN = 4_096
TIMEOUT_S = 3.0


def examine(settings: Settings, address: str) -> list[Finding]:
    """Return what was found, in the order in which it should be mended."""
    checks: list[tuple[str, Callable[[], tuple[str, str]]]] = [
        ("python", _python),
        ("settings", _settings),
        ("data folder", lambda: _folder(settings)),
        ("open files", _open_files),
        ("database", lambda: _database(settings)),
        *([("read replica", lambda: _replica(settings))] if settings.read_database_url is not None else []),
        ("views' server", lambda: _views_server(settings)),
        ("address", lambda: _address(settings, address)),
    ]
    return list(_findings(checks))


def _findings(checks: list[tuple[str, Callable[[], tuple[str, str]]]]) -> Iterator[Finding]:
    """Look; a look returns what it found, and advice where that is wrong. A failure is its own advice."""
    for name, look in checks:
        try:
            found, advice = look()
        except Failure as failure:
            yield Finding(name=name, ok=False, found=str(failure))
        else:
            yield Finding(name=name, ok=not advice, found=found, advice=advice)


def _python() -> tuple[str, str]:
    found = ".".join(map(str, sys.version_info[:3]))
    return f"Python {found}", "" if sys.version_info >= PYTHON_MIN else "Install Python 3.11 or newer."


def _settings() -> tuple[str, str]:
    unknown = unknown_variables(os.environ)
    told = ", ".join(f"{name} (is {meant} meant?)" if meant else name for name, meant in unknown.items())
    return (
        (f"no settings: {told}", "Unset them, or correct their names.") if unknown else ("every variable SLIPSTREAM_... is a setting", "")
    )


def _folder(settings: Settings) -> tuple[str, str]:
    settings.check_folder()
    folder = settings.data_dir.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free_bytes = shutil.disk_usage(there).free
    advice = "" if free_bytes >= FREE_BYTES_MIN else "Free at least 2 GiB, or set SLIPSTREAM_DATA_DIR to a folder on a larger disk."
    return f"{folder} can be written to, {free_bytes / 1024**3:.1f} GiB are free", advice


def _open_files() -> tuple[str, str]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= OPEN_FILES_MIN
    told = "any number" if hard == resource.RLIM_INFINITY else f"{hard:,}"
    return f"a process may open {told}", "" if enough else f"Raise the hard limit to {OPEN_FILES_MIN:,} or more (ulimit -Hn)."


def _database(settings: Settings) -> tuple[str, str]:
    if settings.database_url is None:
        return _embedded("PostgreSQL", lambda: postgres_bin(None), settings)
    try:
        with psycopg.connect(settings.database_url, **CONNECTION_TIMEOUTS) as connection:
            refuse_unfit(connection)
            row: Any = connection.execute("SELECT current_user, current_setting('server_version')").fetchone()
        refuse_skewed_clock(settings.database_url, Clock(), settings.clock_skew_s_max)
    except psycopg.Error as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return f"does not answer: {said}", "Start it, or correct SLIPSTREAM_DATABASE_URL."
    return f"PostgreSQL {row[1]} answers {row[0]}, keeps what it commits, and its clock agrees with this machine's", ""


def _replica(settings: Settings) -> tuple[str, str]:
    """Look at the replica, beside the database. Raises ReplicaNotReadable and ReplicaOfAnotherLog, which say what to do."""
    assert settings.read_database_url is not None and settings.database_url is not None, "one goes with the other"  # noqa: PT018
    try:
        with closing(Tail(settings.database_url)) as log:
            position = refuse_unfit_replica(settings.read_database_url, log.identity())
    except StoreUnavailable:
        return "cannot be held against the database, which does not answer", "Mend that first."
    except psycopg.Error as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return f"does not answer: {said}", "Start it, or correct SLIPSTREAM_READ_DATABASE_URL. Until then the database itself is read."
    return f"answers, and has the log up to position {position:,}", ""


def _views_server(settings: Settings) -> tuple[str, str]:
    if settings.redis_url is None:
        return _embedded("Valkey", valkey_server, settings)
    try:
        told = servers_at(settings.redis_url)
    except SERVER_ERRORS as error:
        return f"does not answer: {error}", "Start it, or correct SLIPSTREAM_REDIS_URL. Until then bets are taken and nothing is shown."
    versions = sorted({str(server.get("valkey_version") or server.get("redis_version")) for server in told})
    return f"{', '.join(versions)} answers and keeps every row", ""


def _embedded(name: str, find: Callable[[], Path], settings: Settings) -> tuple[str, str]:
    """Look for a server that comes as a wheel. Raises EmbeddedServerError, which says what to install."""
    try:
        find()
    except EmbeddedServerError as error:
        return str(error), "Run `make up` again, or `pip install` the package it names."
    running = running_up(settings.data_dir.absolute() / "run")
    return f"{name} of our own, {'which `slipstream up` runs' if running else 'started when it is needed'}", ""


def _address(settings: Settings, address: str) -> tuple[str, str]:
    try:
        health = httpx.get(f"{address}/healthz", timeout=TIMEOUT_S)
    except httpx.ConnectError:
        return f"nothing listens at {address}; `slipstream up` may", ""
    except httpx.HTTPError as error:
        return (
            f"{address} does not answer ({type(error).__name__})",
            f"See what holds port {settings.http_port}, or set SLIPSTREAM_HTTP_PORT.",
        )
    if health.status_code == 200 and health.text.startswith('{"status":"alive"'):
        return f"the API answers at {address}", ""
    return f"another program answers at {address}", "Stop it, or set SLIPSTREAM_HTTP_PORT to another port."
