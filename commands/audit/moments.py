"""Every moment of every fact has a time zone: one without could mean any of two dozen hours, and compares with no other."""

from datetime import datetime
from typing import get_args, get_type_hints

from domain.fact import Fact


def moments_of(kind: type[Fact]) -> tuple[str, ...]:
    """Return the fields of a kind of fact that hold a moment, or may."""
    return tuple(name for name, hint in get_type_hints(kind).items() if hint is datetime or datetime in get_args(hint))


def without_zone(fact: Fact, fields: tuple[str, ...]) -> str:
    """Return the first of these fields whose moment has no time zone; empty where all have one."""
    for field in fields:
        moment = getattr(fact, field)
        if moment is not None and moment.tzinfo is None:
            return field
    return ""
