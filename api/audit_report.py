"""The results of an audit, as HTTP and the command line show them."""

from typing import Any

import msgspec

from api.refusals import AnchorMalformed
from commands.audit.anchor import Anchor, parse
from domain.fact import Recorded

ANCHOR_CHARACTERS_MAX = 200
NOT_SHOWN = frozenset({"password_hash"})
"""Members of facts that are never shown to anyone."""


class Verified(msgspec.Struct, frozen=True):
    """What an audit found: `wrong` names the first fact that is wrong and why, empty when all is well.

    `anchor` is that of the last batch where all is well, for keeping outside. `since` is the position of the checkpoint that the audit
    went on from, 0 for the whole log. Among the figures `views_compared` and `views_not_compared` name the read models that were held
    against the log, and those that were not: of the latter nothing is known.
    """

    facts: int
    seconds: float
    wrong: str
    figures: dict[str, Any]
    anchor: str = ""
    since: int = 0

    @property
    def views_not_compared(self) -> list[str]:
        """The views of which nothing is known."""
        return list(self.figures.get("views_not_compared", ()))


class Balance(msgspec.Struct, frozen=True):
    """What an account's wallet held after the fact at `position`, the last one of its stream that counts."""

    account_id: str
    position: int
    currency: str
    available_minor: int
    at_risk_minor: int


def told(fact: Recorded) -> dict[str, Any]:
    """Return a fact in its place as plain data: `position`, `stream_id`, `version`, `fact` and the fact's own members."""
    body = {name: "(not shown)" if name in NOT_SHOWN else value for name, value in msgspec.to_builtins(fact.body).items()}
    return {"position": fact.position, "stream_id": fact.stream_id, "version": fact.version, **body}


def anchor_in(text: str) -> Anchor:
    """Return the anchor that a text is.

    Raises:
        AnchorMalformed: when it is none.

    """
    anchor = parse(text)
    if anchor is None:
        raise AnchorMalformed(text[:ANCHOR_CHARACTERS_MAX])
    return anchor
