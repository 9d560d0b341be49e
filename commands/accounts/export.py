"""Personal data export: the facts in an account's own streams and those reached from its wallet, read from the log page by page.

    account -> gate, profile (if it has one), wallet, claims of handle and e-mail, sign-ins of each day
    wallet  -> the bet of each stake with the slip that shows it and the tail that it came from, the payment of each transfer

Picks, follows, reactions and comments are not exported: nothing in these streams leads to them. Short streams that a fact of an
account's own streams names are added in `LEADS_TO`, further streams of its own in `export_of`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from domain.account.facts import AccountRegistered
from domain.fact import Fact, Recorded
from domain.ids import (
    account_gate_of,
    handle_claim_of,
    payment_of,
    profile_of,
    sign_ins_of,
    slip_of,
    tail_of,
    transfer_of,
    wallet_of,
)
from domain.wallet.facts import FundsDeposited, FundsWithdrawn, StakeReserved

PAGE_FACTS = 500
"""How many facts are in memory at once of one stream, and how many streams are asked for in one question."""

CLOCKS_APART = timedelta(days=1)
"""A sign-in has the day of who signed in's process, whose clock may be on the other side of midnight."""


class StreamPages(Protocol):
    """Reads streams from the log."""

    def page(self, stream_id: str, after: int, limit: int) -> Sequence[Recorded]:
        """Return the first facts of a stream after a version, in order, at most `limit`."""
        ...

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, in order. For streams that are short."""
        ...


def _transfers(fact: Any) -> Iterable[str]:
    return transfer_of(fact.account_id, fact.reference), payment_of(fact.reference)


LEADS_TO: Mapping[type[Fact], Callable[[Any], Iterable[str]]] = {
    StakeReserved: lambda fact: (fact.bet_id, slip_of(fact.bet_id), tail_of(fact.bet_id)),
    FundsDeposited: _transfers,
    FundsWithdrawn: _transfers,
}
"""Which further streams a fact of a person's own streams leads to; each is short."""


def export_of(account_id: str, log: StreamPages, now: datetime) -> Iterator[Sequence[Recorded]]:
    """Yield the exported facts of an account in pages: stream after stream, each in order. Facts of another account are left out.

    Raises:
        StoreUnavailable: when the log is unavailable.

    """
    registered: Recorded | None = None
    for stream_id in (account_id, account_gate_of(account_id), profile_of(account_id), wallet_of(account_id)):
        for page in _pages(stream_id, log):
            registered = registered or next((fact for fact in page if isinstance(fact.body, AccountRegistered)), None)
            yield _own(account_id, page)
            further = [led for fact in page for led in LEADS_TO.get(type(fact.body), _nowhere)(fact.body)]
            yield from _short(account_id, further, log)
    if registered is not None and isinstance(registered.body, AccountRegistered):
        claims = [handle_claim_of(registered.body.handle), registered.body.email_claim_id]
        yield from _short(account_id, claims, log)
        first = registered.committed_at.date() - CLOCKS_APART
        days = [first + timedelta(days=number) for number in range((now.date() + CLOCKS_APART - first).days + 1)]
        yield from _short(account_id, [sign_ins_of(account_id, day.isoformat()) for day in days], log)


def _nowhere(_fact: Any) -> Iterable[str]:
    return ()


def _pages(stream_id: str, log: StreamPages) -> Iterator[Sequence[Recorded]]:
    after = 0
    while page := log.page(stream_id, after, PAGE_FACTS):
        yield page
        after = page[-1].version


def _short(account_id: str, stream_ids: Sequence[str], log: StreamPages) -> Iterator[Sequence[Recorded]]:
    for start in range(0, len(stream_ids), PAGE_FACTS):
        asked = dict.fromkeys(stream_ids[start : start + PAGE_FACTS], 0)
        found = log.load(asked)
        yield _own(account_id, [fact for stream_id in asked for fact in found.get(stream_id, ())])


def _own(account_id: str, facts: Iterable[Recorded]) -> Sequence[Recorded]:
    return [fact for fact in facts if getattr(fact.body, "account_id", account_id) == account_id]
