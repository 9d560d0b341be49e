"""Errors that an operator can resolve, and the line that says how."""

import psycopg
import redis
from eventsourcing.persistence import PersistenceError

from api.cli.live_board import ApiUnavailable
from api.cli.session import ApiRefused
from commands.ports import StoreUnavailable
from domain.refused import Refused
from infra.operator_errors import Failure
from projections.ports import ReadModelsUnavailable

SAID_BY_THEMSELVES = (Failure, Refused, ApiUnavailable, ApiRefused)
DATABASE_AWAY = (StoreUnavailable, psycopg.OperationalError, PersistenceError)
VIEWS_AWAY = (ReadModelsUnavailable, redis.RedisError)
EXPECTED: tuple[type[Exception], ...] = (*SAID_BY_THEMSELVES, *DATABASE_AWAY, *VIEWS_AWAY)


def line_of(error: Exception) -> str:
    """Return what went wrong and what to do about it, in one line."""
    if isinstance(error, DATABASE_AWAY):
        return f"The database does not answer ({first_line(error)}): start it, or set SLIPSTREAM_DATABASE_URL to one that does."
    if isinstance(error, VIEWS_AWAY):
        return f"Valkey does not answer ({first_line(error)}): start it, or set SLIPSTREAM_REDIS_URL to one that does."
    return str(error)


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
