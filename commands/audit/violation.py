"""What a violation is, and how one is carried out of the fold."""

import re
from typing import Any

import msgspec

from domain.fact import Fact, Recorded, UnknownFact, stored_name


class Violation(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="violation", tag=lambda name: re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
):
    """The fact at `position` of the log, of kind `fact` in `stream_id`, is wrong."""

    position: int
    stream_id: str
    fact: str

    @property
    def name(self) -> str:
        """The stable name, in kebab case: `price-stale`."""
        return str(self.__struct_config__.tag)

    @property
    def title(self) -> str:
        """What is wrong, in a sentence."""
        return (type(self).__doc__ or self.name).strip().splitlines()[0]

    def evidence(self) -> dict[str, Any]:
        """Return the fields that are this kind's own."""
        common = Violation.__struct_fields__
        return {field: getattr(self, field) for field in self.__struct_fields__ if field not in common}

    def __str__(self) -> str:
        shown = "".join(f", {field}={value}" for field, value in self.evidence().items())
        return f"{self.title} (position={self.position}, stream={self.stream_id}, fact={self.fact}{shown})"


class ViolationFound(Exception):  # noqa: N818  (named for what happened)
    """Carries a violation out of the fold."""

    def __init__(self, kind: type[Violation], where: Recorded[Fact], **evidence: Any) -> None:
        body = where.body
        name = body.name if isinstance(body, UnknownFact) else stored_name(type(body))
        self.violation = kind(position=where.position, stream_id=where.stream_id, fact=name, **evidence)
        super().__init__(str(self.violation))

    @classmethod
    def of(cls, violation: Violation) -> "ViolationFound":
        """Return what carries a violation that is at no fact."""
        found = cls.__new__(cls)
        found.violation = violation
        Exception.__init__(found, str(violation))
        return found
