"""The record of each account: what the bets it showed to others made, from settled bets only, so that no loser can be left out.

    {pNN}:records              hash: <account>:all, <account>:d<day>, <account>:s<season> -> currency -> scope -> sums, see `record_sums`;
                               <account>:undone what corrections took back from earlier days and seasons; <account>:form how bets came
                               out; <account>:currency of its wallet
    {pNN}:recorded             hash: <bet> as it was shared, <bet>:end how it counts, <bet>:tail whom it followed, <bet>:tail_end how
    {pNN}:tailed               hash: <author>:<currency>:<what> -> sum over the bets of this partition's accounts that tailed the author
    {pNN}:ranked:<currency>:<scope>
                               sorted set of accounts with 20 bets or more, by when they last had one settled; the newest 1,000
    {pNN}:sports, {pNN}:types  hash: <fixture> -> sport, <market> -> type, until they are over; the same in every partition

A bet counts from its settlement or whole cash-out on, if it was shared before, with all that it paid; that its slip was removed or is held
changes nothing. It counts on the day (UTC) of its last settlement: a correction takes it from where it was. A period is a sum of days, made
when it is read, so that no clock is needed here. A season begins on the first of July.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple, get_args

import msgspec

from domain.bet.ends import BET_ENDS, BetEnd, end_of
from domain.bet.facts import CASHED_OUT, BetCashedOut, BetFact, BetSettled
from domain.fact import EPOCH, Fact, Recorded
from domain.fixture.facts import FixtureAbandoned, FixtureEnded, FixtureFact, FixtureScheduled
from domain.market.facts import MarketFact, MarketOpened, MarketResulted
from domain.odds import Odds
from domain.slip.facts import SlipFact, SlipShared
from domain.tail.facts import SlipTailed
from domain.wallet.facts import TransferRecorded, WalletFact, WalletOpened
from projections.changes import Add, Change, Drop, Put, Rank, Trim
from projections.partitions import TAGS, tag_of
from projections.ports import Row, SeenRows, View
from projections.social.record_sums import (
    EVERY_BET,
    MARKET_TYPE,
    MIXED,
    NOTHING,
    SPORT,
    ByScope,
    Sums,
    Taken,
    added,
    day_of,
    line_of,
    sums_of,
)

RANKED_MIN_BETS = 20
RANKED_MAX = 1_000
FORM_MAX = 2_000
"""Streaks are those of so many newest bets."""
UNDONE_MAX = 1_000
SEASON_BEGINS_MONTH = 7

ALL, DAY, SEASON, UNDONE, FORM, CURRENCY = ":all", ":d", ":s", ":undone", ":form", ":currency"
END, TAIL, TAIL_END = ":end", ":tail", ":tail_end"
TAILED = ("bets", "void", "staked", "returned")

Bucket = dict[str, ByScope]
"""Currency -> scope -> sums."""


class RecordedBet(msgspec.Struct, frozen=True, array_like=True):
    """A shared bet, as it is kept until it is settled, and for corrections."""

    stake_minor: int
    currency: str
    unit_minor: int
    type: str
    odds: tuple[Odds, ...]
    scopes: tuple[str, ...]


class CountedRow(msgspec.Struct, frozen=True, array_like=True):
    """How a bet counts, as it is kept: on which day, with what, and which place it has in the form of its account."""

    day: int
    sums: Sums
    place: int


class UndoneRow(msgspec.Struct, frozen=True, array_like=True):
    """What a correction took back from a day or a season, as it is kept; `bucket` is how that row is called."""

    bucket: str
    currency: str
    scopes: tuple[str, ...]
    sums: Sums


class FormRow(msgspec.Struct, frozen=True, array_like=True):
    """How the bets of an account came out in the order of their first settlement, one letter each; `dropped` are those before."""

    dropped: int = 0
    marks: str = ""


class TailEnd(msgspec.Struct, frozen=True, array_like=True):
    """How a tail counts, as it is kept: the sums of `TAILED`."""

    currency: str
    sums: tuple[int, ...]


class SettlementRows(NamedTuple):
    """The rows that a settlement is seen with, None for each that is not there; `every`, `day` and `season` are those of `buckets_of`."""

    bet: bytes | None
    end: bytes | None
    tail: bytes | None
    tail_end: bytes | None
    every: bytes | None
    day: bytes | None
    season: bytes | None
    undone: bytes | None
    form: bytes | None
    currency: bytes | None


_encode = msgspec.msgpack.Encoder().encode
_bet_row = msgspec.msgpack.Decoder(RecordedBet).decode
_counted_row = msgspec.msgpack.Decoder(CountedRow).decode
_tail_end = msgspec.msgpack.Decoder(TailEnd).decode
bucket_row = msgspec.msgpack.Decoder(Bucket).decode
undone_rows = msgspec.msgpack.Decoder(list[UndoneRow]).decode
form_row = msgspec.msgpack.Decoder(FormRow).decode


def records_key(account_id: str) -> str:
    """Return the key of the records of an account's partition."""
    return f"{tag_of(account_id)}:records"


def ranked_key(tag: str, currency: str, scope: str) -> str:
    """Return the key of the accounts of a partition that may be ranked."""
    return f"{tag}:ranked:{currency}:{scope}"


def season_of(day: int) -> int:
    """Return the year in which the season of a day began."""
    date = (EPOCH + timedelta(days=day)).date()
    return date.year if date.month >= SEASON_BEGINS_MONTH else date.year - 1


def buckets_of(day: int) -> tuple[str, str, str]:
    """Return what the rows are called that a day is in."""
    return ALL, f"{DAY}{day}", f"{SEASON}{season_of(day)}"


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a shared bet, its sports and types; of a settlement, all rows that it counts in."""
    match body := recorded.body:
        case SlipShared(author_id=author_id, legs=legs) if body.bet_id:
            tag = tag_of(author_id)
            named = [row for leg in legs for row in (Row(f"{tag}:sports", leg.fixture_id), Row(f"{tag}:types", leg.market_id))]
            return list(dict.fromkeys(named))
        case BetSettled(account_id=account_id) | BetCashedOut(account_id=account_id, stake_left_minor=0):
            bet_id, records, recorded_key = recorded.stream_id, records_key(account_id), _recorded(account_id)
            day_rows = (*buckets_of(day_of(recorded.committed_us)), UNDONE, FORM, CURRENCY)
            rows = [Row(recorded_key, bet_id + part) for part in ("", END, TAIL, TAIL_END)]
            return rows + [Row(records, account_id + part) for part in day_rows]  # in the order of `SettlementRows`
        case _:
            return ()


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Return what a fact changes."""
    match body := recorded.body:
        case FixtureScheduled():
            return [Put(f"{tag}:sports", recorded.stream_id, body.sport.encode()) for tag in TAGS]
        case FixtureEnded() | FixtureAbandoned():
            return [Drop(f"{tag}:sports", recorded.stream_id) for tag in TAGS]
        case MarketOpened():
            return [Put(f"{tag}:types", recorded.stream_id, body.type.encode()) for tag in TAGS]
        case MarketResulted(number=1):
            return [Drop(f"{tag}:types", recorded.stream_id) for tag in TAGS]
        case WalletOpened():
            return (Put(records_key(body.account_id), body.account_id + CURRENCY, body.currency.encode()),)
        case SlipShared() if body.bet_id:
            return _shared(body, rows)
        case SlipTailed(side="tail"):
            return (Put(_recorded(body.tailer_id), body.bet_id + TAIL, body.slip_author_id.encode()),)
        case BetSettled() | BetCashedOut():
            end = end_of(body)
            if end is None:
                return ()
            seen = SettlementRows(*rows.values())
            return (*_counted(recorded, body.account_id, end, seen), *_tail_counted(recorded, body.account_id, end, seen))
        case _:
            return ()


def _shared(fact: SlipShared, rows: SeenRows) -> Sequence[Change]:
    tag = tag_of(fact.author_id)
    sports = {rows[Row(f"{tag}:sports", leg.fixture_id)] for leg in fact.legs}
    types = {rows[Row(f"{tag}:types", leg.market_id)] for leg in fact.legs}
    scopes = (EVERY_BET, SPORT + _shared_by_all(sports), MARKET_TYPE + _shared_by_all(types))
    bet_type, odds = line_of(fact.type, [leg.odds for leg in fact.legs], fact.same_game)
    row = RecordedBet(fact.stake_minor, fact.currency, fact.unit_minor, bet_type, odds, scopes)
    return (Put(_recorded(fact.author_id), fact.bet_id, _encode(row)),)


def _shared_by_all(found: set[bytes | None]) -> str:
    """Return the sport or type that all legs share, else `MIXED`; a leg that was over before its bet was shared counts as another."""
    only = next(iter(found))
    return only.decode() if len(found) == 1 and only is not None else MIXED


def _counted(recorded: Recorded, account_id: str, end: BetEnd, rows: SettlementRows) -> Sequence[Change]:
    """Count a bet in its author's record, if it was shared before its first settlement."""
    bet_id = recorded.stream_id
    key, bets = records_key(account_id), _recorded(account_id)
    kept, before = rows.bet, rows.end
    if kept is None or (before is None and end.settlement > 1):
        return ()
    bet, day = _bet_row(kept), day_of(recorded.committed_us)
    odds = tuple([right or struck for struck, right in zip(bet.odds, end.repriced, strict=True)]) if end.repriced else bet.odds
    sums = sums_of(Taken(bet.stake_minor, bet.unit_minor, bet.type, odds), end.outcome, end.returned_minor, end.closing)
    buckets = dict(zip(buckets_of(day), map(_bucket, (rows.every, rows.day, rows.season)), strict=True))
    form = _form(rows.form)
    changes: list[Change] = []
    place = form.dropped + len(form.marks)
    if before is not None:
        counted = _counted_row(before)
        place, undone = counted.place, []
        for name in buckets_of(counted.day):
            if name in buckets:
                _add(buckets[name], bet, counted.sums, -1)
            else:
                undone.append(UndoneRow(name, bet.currency, bet.scopes, counted.sums))
        if undone:
            all_undone = [*(undone_rows(rows.undone) if rows.undone is not None else ()), *undone]
            changes.append(Put(key, account_id + UNDONE, _encode(all_undone[-UNDONE_MAX:])))
    for bucket in buckets.values():
        _add(bucket, bet, sums, 1)
    changes += [Put(key, account_id + name, _encode(bucket)) for name, bucket in buckets.items()]
    changes.append(Put(key, account_id + FORM, _encode(_marked(form, place, end.outcome))))
    changes.append(Put(bets, bet_id + END, _encode(CountedRow(day, sums, place))))
    for scope in bet.scopes:
        if buckets[ALL][bet.currency][scope][0] >= RANKED_MIN_BETS:
            ranked = ranked_key(tag_of(account_id), bet.currency, scope)
            changes += Rank(ranked, account_id, recorded.committed_us), Trim(ranked, RANKED_MAX)
    return changes


def _bucket(row: bytes | None) -> Bucket:
    return bucket_row(row) if row is not None else {}


def _form(row: bytes | None) -> FormRow:
    return form_row(row) if row is not None else FormRow()


def _add(bucket: Bucket, bet: RecordedBet, sums: Sums, sign: int) -> None:
    scopes = bucket.setdefault(bet.currency, {})
    for scope in bet.scopes:
        scopes[scope] = added(scopes.get(scope, NOTHING), sums, sign)


def _marked(form: FormRow, place: int, outcome: str) -> FormRow:
    mark, index = {"won": "w", "void": "v", CASHED_OUT: "v"}.get(outcome, "l"), place - form.dropped
    if index < 0:
        return form
    marks = form.marks[:index] + mark + form.marks[index + 1 :]
    dropped = max(len(marks) - FORM_MAX, 0)
    return FormRow(form.dropped + dropped, marks[dropped:])


def _tail_counted(recorded: Recorded, account_id: str, end: BetEnd, rows: SettlementRows) -> Sequence[Change]:
    """Count a bet that tailed somebody's slip, beside the tailer; the author's partition is another one, so whoever asks adds up all."""
    author, before, currency = rows.tail, rows.tail_end, rows.currency
    if author is None or currency is None:
        return ()
    bets = _recorded(account_id)
    sums = (1, 1, 0, 0) if end.outcome == "void" else (1, 0, end.stake_minor, end.returned_minor)
    kept = TailEnd(currency.decode(), sums)
    undone = _tail_end(before).sums if before is not None else (0,) * len(TAILED)
    fields = tailed_fields(author.decode(), kept.currency)
    changed = [new - old for new, old in zip(sums, undone, strict=True)]
    adds = [Add(f"{tag_of(account_id)}:tailed", field, by) for field, by in zip(fields, changed, strict=True) if by]
    return (Put(bets, recorded.stream_id + TAIL_END, _encode(kept)), *adds)


def tailed_fields(author_id: str, currency: str) -> Sequence[str]:
    """Name the sums of those who tailed an author."""
    return [f"{author_id}:{currency}:{name}" for name in TAILED]


def _recorded(account_id: str) -> str:
    return f"{tag_of(account_id)}:recorded"


_OFFERED = (FixtureScheduled, FixtureEnded, FixtureAbandoned, MarketOpened, MarketResulted)
_CONSUMES: frozenset[type[Fact]] = frozenset({*_OFFERED, WalletOpened, SlipShared, SlipTailed, *BET_ENDS})
_AGGREGATES = get_args(FixtureFact | MarketFact | WalletFact | BetFact | SlipFact)

VIEW = View("records", 2, project, consumes=_CONSUMES, ignores=frozenset({*_AGGREGATES, TransferRecorded}) - _CONSUMES, sees=sees)
