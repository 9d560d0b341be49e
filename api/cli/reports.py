"""The results of the operator's commands, as data: a table for a person, JSON for a script."""

from datetime import datetime

import msgspec


class RoleStatus(msgspec.Struct, frozen=True):
    """One role as its `/metrics` shows it; without an answer only where it was asked. `restarts` is known where `up` runs."""

    role: str
    address: str
    answers: bool
    version: str = ""
    memory_bytes: int = 0
    restarts: int | None = None


class Status(msgspec.Struct, frozen=True):
    """How things stand, by the figures of the roles.

    Lags in seconds, by view and by process manager (such as settlement); for how long the oldest case of each manager has been due; how
    long each producer of prices has been silent. `wrong` says in words what is out of bounds.
    """

    version: str
    roles: list[RoleStatus]
    log_position: int | None
    view_lag_s: dict[str, float]
    manager_lag_s: dict[str, float]
    oldest_case_s: dict[str, float]
    producer_silence_s: dict[str, float]
    commands_waiting: dict[str, int]
    wrong: list[str]


class Finding(msgspec.Struct, frozen=True):
    """One thing that `doctor` looked at: what it found, and what to do where that is wrong."""

    name: str
    ok: bool
    found: str
    advice: str = ""


class DeadLetter(msgspec.Struct, frozen=True):
    """A fact that a build of a view could not apply and went on without: its stored name, stream and home (an account, or its stream)."""

    build: str
    position: int
    view: str
    fact: str
    stream_id: str
    home: str
    cause: str
    at: datetime


class Replayed(msgspec.Struct, frozen=True):
    """How many facts a replay had applied, and what views still break on."""

    applied: int
    failed: list[str]


class DeadNotice(msgspec.Struct, frozen=True):
    """A notification that failed for good: of which notice, to whom, by which channel, how often it was tried, and why it failed."""

    delivery_id: str
    account_id: str
    channel: str
    notice_id: str
    attempts: int
    why: str
    at: datetime


class SettingTold(msgspec.Struct, frozen=True):
    """A setting: the variable, its value and default as text (a secret only whether it is set), where it comes from, what it means."""

    variable: str
    value: str
    default: str
    source: str
    meaning: str


class RoleGrant(msgspec.Struct, frozen=True):
    """A role that somebody has: who granted it, when (ISO 8601)."""

    account_id: str
    handle: str
    role: str
    granted_by: str
    granted_at: str
