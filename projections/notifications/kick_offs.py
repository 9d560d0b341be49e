"""Who has an open bet on which match, and the kick-offs of those matches: what an inbox is told of them, and whom one concerns.

    {pNN}:staked             hash: <bet> -> the matches of its legs, while it is open
    {pNN}:open:<fixture>     sorted set of the accounts of this partition with open bets on the match, by how many
    {pNN}:kicked:<account>   list of kick-offs, newest first: those of matches that it had an open bet on when they began

All is in the account's partition. A bet changes one row and, for each of its matches, a count, when it is struck and when it is
settled; a kick-off is one change for each partition, however many have bet on the match. The matches of one account are found by its open
bets in the portfolio. Bets in logs before version 5 of `BetPlaced` name no match, and nobody is told of a kick-off because of them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from domain.bet.ends import BET_ENDS
from domain.bet.facts import (
    BetCashedOut,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    ReferralAnswered,
)
from domain.fact import Fact, Recorded
from domain.fixture.facts import FixtureFact, KickedOff
from projections.betting import portfolio
from projections.changes import Change, Drop, Put, Spread, Tally
from projections.partitions import TAGS, tag_of
from projections.ports import Entries, Fields, Page, ReadModels, Row, SeenRows, View

KICKED_MAX, KICKED_SLACK = 50, 16
BETS_READ_MAX = 1_000
"""The matches of so many open bets of an account, the newest, are followed live; of the others it learns at the next reading."""

_encode = msgspec.msgpack.Encoder().encode
_fixtures = msgspec.msgpack.Decoder(tuple[str, ...]).decode


class KickOffEntry(NamedTuple):
    """A kick-off as a list keeps it; `at_us` is in microseconds since 1970 by the log's clock."""

    position: int
    fixture_id: str
    at_us: int


_entry = msgspec.msgpack.Decoder(KickOffEntry).decode


def _row(recorded: Recorded[Any]) -> Row:
    return Row(f"{tag_of(recorded.body.account_id)}:staked", recorded.stream_id)


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a bet that may end, the matches that it was on."""
    return (_row(recorded),) if isinstance(recorded.body, BET_ENDS) else ()


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Count a bet on its matches when it is struck, no more when it ends; and tell of a kick-off those that are counted."""
    match body := recorded.body:
        case BetPlaced():
            fixtures = tuple(dict.fromkeys([leg.fixture_id for leg in body.legs if leg.fixture_id]))
            row = _row(recorded)
            return (Put(row.key, row.field, _encode(fixtures)), *_counted(body.account_id, fixtures, 1)) if fixtures else ()
        case BetSettled() | BetCashedOut(stake_left_minor=0) if kept := rows.get(row := _row(recorded)):
            return Drop(row.key, row.field), *_counted(body.account_id, _fixtures(kept), -1)
        case KickedOff():
            fixture_id = recorded.stream_id
            entry = _encode(KickOffEntry(recorded.position, fixture_id, recorded.committed_us))
            return [Spread(f"{tag}:open:{fixture_id}", f"{tag}:kicked:", entry, KICKED_MAX, slack=KICKED_SLACK) for tag in TAGS]
        case _:
            return ()


def _counted(account_id: str, fixtures: Sequence[str], by: int) -> list[Change]:
    tag = tag_of(account_id)
    return [Tally(f"{tag}:open:{fixture_id}", account_id, by) for fixture_id in fixtures]


_CONSUMED: frozenset[type[Fact]] = frozenset({BetPlaced, *BET_ENDS, KickedOff})
VIEW = View(
    "kick_offs",
    3,
    project,
    consumes=_CONSUMED,
    ignores=frozenset({BetPending, ReferralAnswered, BetRefused, BetLegResulted, BetSettlementReversed, *get_args(FixtureFact)})
    - _CONSUMED,
    sees=sees,
)


def told_ask(account_id: str) -> Entries:
    """Return the question for the kick-offs that an account was told of; `told_entries` reads the answer."""
    return Entries(f"{tag_of(account_id)}:kicked:{account_id}", KICKED_MAX)


def told_entries(kept: Sequence[bytes]) -> list[KickOffEntry]:
    """Return the kick-offs of an answer, newest first, each match once."""
    return list({entry.fixture_id: entry for entry in map(_entry, kept)}.values())


async def told_of(reads: ReadModels, account_id: str) -> list[KickOffEntry]:
    """Return the kick-offs that an account was told of, newest first."""
    (kept,) = await reads.many(VIEW, [told_ask(account_id)])
    return told_entries(kept)


async def fixtures_of(reads: ReadModels, account_id: str) -> list[str]:
    """Return the matches that an account has open bets on; a bet that one view has and the other not yet, or no more, is left out."""
    tag = tag_of(account_id)
    (bets,) = await reads.many(portfolio.VIEW, [Page(f"{tag}:open:{account_id}", BETS_READ_MAX, newest_first=True)])
    (rows,) = await reads.many(VIEW, [Fields(f"{tag}:staked", [bet.member.decode() for bet in bets])]) if bets else ((),)
    return list(dict.fromkeys([fixture_id for row in rows if row is not None for fixture_id in _fixtures(row)]))
