"""RFC 9457 problems: a refusal as it is answered, whatever the request came by: an HTTP request, or a call on a socket.

`type` is `urn:slipstream:problem:` and the refusal's slug, `title` its docstring; its evidence are further members. Evidence called
like a member of the standard is carried as `bet_type` and `current_status`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from domain.refused import Refused

URN = "urn:slipstream:problem:"
RENAMED = {"type": "bet_type", "status": "current_status", "title": "given_title", "detail": "given_detail", "instance": "given_instance"}

encode = msgspec.json.Encoder().encode


class Problems:
    """Writes refusals as problems; `statuses` has the status of each class of refusals that may be answered."""

    def __init__(self, statuses: Mapping[type[Refused], int]) -> None:
        self.statuses = statuses

    def status_of(self, refusal: Refused) -> int:
        """Return the status of a refusal, in the sense of HTTP."""
        return self.statuses[type(refusal)]

    def problem_of(self, refusal: Refused, instance: str) -> dict[str, Any]:
        """Return the members of a refusal's problem; `instance` names what was asked: a path, or a call on a socket."""
        evidence = {RENAMED.get(name, name): value for name, value in refusal.evidence().items()}
        return {
            "type": URN + refusal.slug,
            "title": refusal.title,
            "status": self.status_of(refusal),
            "detail": detail_of(refusal),
            "instance": instance,
            **evidence,
        }

    def encoded(self, refusal: Refused, instance: str) -> bytes:
        """Return the problem as UTF-8 JSON. Text that is no Unicode (a lone surrogate) is shown with question marks."""
        problem = self.problem_of(refusal, instance)
        try:
            return encode(problem)
        except UnicodeEncodeError:
            return encode(_clean(problem))


def detail_of(refusal: Refused) -> str:
    """Return the title, followed by the evidence in words."""
    shown = "; ".join(f"{name.replace('_', ' ')}: {worded(value)}" for name, value in refusal.evidence().items())
    return f"{refusal.title} ({shown})" if shown else refusal.title


def worded(value: Any) -> str:
    """Return a value as people write it: no brackets, quotes or names of a programming language."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{name} {worded(inner)}" for name, inner in value.items()) or "none"
        case list() | tuple() | set() | frozenset():
            return ", ".join(worded(inner) for inner in value) or "none"
        case _:
            return str(value)


def _clean(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_clean(name): _clean(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case _:
            return value
