"""What a decision about a notice rested on at an earlier moment: the facts of the streams that it depends on, and views made of them alone.

Views are those of the inbox and of what it reads, so that a notice is explained as of then by the same code that shows it.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from domain.comment.facts import CommentPosted
from domain.fact import Recorded
from domain.ids import (
    ID_REGEX,
    account_gate_of,
    case_of,
    follow_of,
    mutes_of,
    notifications_of,
    profile_of,
    reaction_of,
)
from domain.notification.facts import PriceAlertReached
from domain.notification.kinds import SLIP_SHARED
from domain.slip.facts import SlipShared
from projections.betting import board
from projections.notifications import inbox, kick_offs
from projections.notifications.candidates import Found
from projections.notifications.inbox import told_by
from projections.ports import ReadModels, View
from projections.social import engagement, follows, own_mutes, slips

VIEWS: Sequence[View] = (inbox.VIEW, board.VIEW, engagement.VIEW, follows.VIEW, kick_offs.VIEW, own_mutes.VIEW, slips.VIEW)
"""What an explanation reads: all that `candidates` asks, and addresses, which are of the inbox."""

FACTS_MAX = 20_000
"""Of more facts nothing is computed again: it would keep others waiting."""

REACTIONS = ("like", "repost")
_STREAM = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PastUnreadable(Exception):  # noqa: N818  (named for what happened)
    """What was known then cannot be computed again; the text says why."""


class PastFacts(Protocol):
    """The facts of streams, and views made of facts. Both methods raise `PastUnreadable`."""

    async def facts(self, streams: Collection[str]) -> Sequence[Recorded]:
        """Return all facts of some streams, in the order of the log."""
        ...

    async def views(self, facts: Sequence[Recorded], views: Sequence[View]) -> ReadModels:
        """Return views that were made of these facts and of no others; the facts are in order."""
        ...


class CauseFacts(NamedTuple):
    """All that bears on a cause, whenever it happened: `facts` in order; where the cause stands, and when, 0 where the log has none."""

    facts: Sequence[Recorded]
    position: int
    at_us: int


async def facts_about(past: PastFacts, account_id: str, cause: str, found: Found | None) -> CauseFacts:
    """Read the streams that decide whether an account is told of a cause; `found` is the notice as its inbox has it now, if it does.

    Raises:
        PastUnreadable: where the log cannot be read, or there is too much to read.

    """
    facts = {fact.position: fact for fact in await past.facts(_first_streams(account_id, cause, found))}
    known: set[str] = set()
    for _ in range(2):  # what a comment is about has an author, too
        if further := _further_streams(account_id, facts.values(), cause, found) - known:
            known |= further
            facts |= {fact.position: fact for fact in await past.facts(sorted(further))}
    if len(facts) > FACTS_MAX:
        raise PastUnreadable("too much happened to your account to compute it again")
    ordered = [facts[position] for position in sorted(facts)]
    position = found.position if found is not None and found.position else _position_of(account_id, cause, ordered)
    at_us = facts[position].committed_us if position in facts else found.row.at_us if found is not None else 0
    return CauseFacts(ordered, position, at_us)


def _first_streams(account_id: str, cause: str, found: Found | None) -> list[str]:
    """Name what the account set and what protects it, and the stream that the cause names."""
    kind, _, subject = cause.partition(":")
    own = [account_id, notifications_of(account_id), account_gate_of(account_id), mutes_of(account_id), *_of_person(account_id)]
    if (named := _STREAM.match(subject)) is not None:
        own.append(named.group())
    if kind in REACTIONS and found is not None and found.people and ID_REGEX.fullmatch(subject):
        own.append(reaction_of(kind, found.people[0][0], subject))
    return list(dict.fromkeys(own))


def _further_streams(account_id: str, facts: Iterable[Recorded], cause: str, found: Found | None) -> set[str]:
    """Name whom the cause is about, what they are to the account, and the slip or match that it is about."""
    people, about = set[str](), set[str]()
    subject = cause.partition(":")[2]
    if cause.startswith("follow_request:") and ID_REGEX.fullmatch(subject):
        people.add(subject)
    if found is not None:
        people |= {actor_id for actor_id, _ in found.people} | {found.row.actor_id, found.row.slip_author_id}
        about |= {found.row.slip_id, found.row.comment_id, found.fixture_id}
    for fact in facts:
        match fact.body:
            case SlipShared(author_id=author_id):
                people.add(author_id)
            case CommentPosted(author_id=author_id, slip_id=slip_id, slip_author_id=slip_author_id):
                people |= {author_id, slip_author_id}
                about.add(slip_id)
            case PriceAlertReached(fixture_id=fixture_id) if cause == f"price_alert:{fact.version}":
                about.add(fixture_id)
            case _:
                pass
    people -= {"", account_id}
    return {*(about - {""}), *(stream for each in people for stream in (each, follow_of(account_id, each), *_of_person(each)))}


def _of_person(account_id: str) -> tuple[str, str]:
    return profile_of(account_id), case_of("account", account_id)


def _position_of(account_id: str, cause: str, facts: Sequence[Recorded]) -> int:
    """Return where the newest fact stands that told an account of a cause, 0 where there is none."""
    slip_id = cause.removeprefix(f"{SLIP_SHARED}:")
    for fact in reversed(facts):
        if isinstance(fact.body, SlipShared) and fact.stream_id == slip_id:
            return fact.position
        if any(each.account_id == account_id and f"{kind}:{each.subject}" == cause for kind, _, each in told_by(fact)):
            return fact.position
    return 0
