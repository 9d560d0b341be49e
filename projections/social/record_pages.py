"""Reading a record: an account's figures in a period, by sport and by market type, its streaks, its days, and what its tailers made."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

import msgspec
from msgspec.structs import asdict

from domain.fact import EPOCH
from projections.partitions import TAGS
from projections.ports import Ask, Fields, ReadModels
from projections.social import records
from projections.social.record_sums import (
    BASIS_POINTS,
    EVERY_BET,
    MARKET_TYPE,
    NOTHING,
    SPORT,
    ByScope,
    Figures,
    Sums,
    added,
    figures_of,
    together,
)
from projections.social.records import ALL, CURRENCY, DAY, FORM, SEASON, UNDONE, FormRow, UndoneRow, bucket_row, form_row, undone_rows

Window = Literal["7d", "30d", "season", "all"]
WINDOW_DAYS = {"7d": 7, "30d": 30}
DAYS_SHOWN_MAX = 366
"""A record shows what each of so many newest days made."""


class ScopeFigures(Figures, frozen=True):
    """The figures of a sport or of a market type, by its name; `mixed` where the legs of bets are not all one."""

    name: str


class Streaks(msgspec.Struct, frozen=True):
    """Streaks of won and lost bets among the newest 2,000, in the order of their first settlement.

    Bets that are void or were cashed out break no streak. `current` is how many in a row came out as the newest one did, which won if
    `current_won`. What lost a part counts as lost.
    """

    current: int
    current_won: bool
    longest_won: int
    longest_lost: int


class DayProfit(msgspec.Struct, frozen=True):
    """What the bets made that were settled on a day, UTC."""

    day: date
    bets: int
    profit_minor: int


class TailedView(msgspec.Struct, frozen=True):
    """What those who tailed an account's slips made with the bets they built from them, whatever the author's own bets made."""

    bets: int
    void: int
    staked_minor: int
    returned_minor: int
    profit_minor: int
    roi_bp: int | None


class RecordView(Figures, frozen=True):
    """The record of an account in a period and a currency. `days` are those with bets, oldest first; streaks and tailed are of all time."""

    account_id: str
    currency: str
    window: str
    by_sport: list[ScopeFigures]
    by_market_type: list[ScopeFigures]
    streaks: Streaks
    days: list[DayProfit]
    tailed: TailedView


def window_fields(window: Window, today: int) -> Sequence[str]:
    """Name the rows that make up a period which ends today, in days since 1970; a day is one of UTC, today counts as one."""
    if window in WINDOW_DAYS:
        return [f"{DAY}{day}" for day in range(today - WINDOW_DAYS[window] + 1, today + 1)]
    return (f"{SEASON}{records.season_of(today)}",) if window == "season" else (ALL,)


def sums_in(rows: Mapping[str, bytes | None], undone: Sequence[UndoneRow], currency: str) -> ByScope:
    """Return the sums of a period from its rows by name, without what corrections took back from it."""
    found = together(bucket_row(row).get(currency, {}) for row in rows.values() if row is not None)
    for each in undone:
        if each.bucket in rows and each.currency == currency:
            for scope in each.scopes:
                found[scope] = added(found.get(scope, NOTHING), each.sums, -1)
    return {scope: sums for scope, sums in found.items() if any(sums)}


def undone_of(row: bytes | None) -> Sequence[UndoneRow]:
    """Return what corrections took back, as a row has it."""
    return undone_rows(row) if row is not None else ()


async def record(reads: ReadModels, account_id: str, window: Window, today: int, currency: str | None, fallback: str) -> RecordView:
    """Return the record of an account; in the currency of its wallet, or in `fallback` before it has one, unless another is asked for."""
    key = records.records_key(account_id)
    shown = [f"{DAY}{day}" for day in _days_shown(window, today)]
    names = list(dict.fromkeys([*window_fields(window, today), *shown]))
    ((*found, undone_row, form, own),) = await reads.many(
        records.VIEW, [Fields(key, [account_id + name for name in (*names, UNDONE, FORM, CURRENCY)])]
    )
    used = currency or (own.decode() if own is not None else fallback)
    rows, undone = dict(zip(names, found, strict=True)), undone_of(undone_row)
    sums = sums_in({name: rows[name] for name in window_fields(window, today)}, undone, used)
    days = [(name, sums_in({name: rows[name]}, undone, used).get(EVERY_BET)) for name in shown if rows[name] is not None]
    asks: list[Ask] = [Fields(f"{tag}:tailed", records.tailed_fields(account_id, used)) for tag in TAGS]
    return RecordView(
        account_id=account_id,
        currency=used,
        window=window,
        **asdict(figures_of(sums.get(EVERY_BET, NOTHING))),
        by_sport=_scoped(sums, SPORT),
        by_market_type=_scoped(sums, MARKET_TYPE),
        streaks=streaks_of(form_row(form) if form is not None else FormRow()),
        days=[_day(int(name.removeprefix(DAY)), each) for name, each in days if each is not None],
        tailed=_tailed(await reads.many(records.VIEW, asks)),
    )


def streaks_of(form: FormRow) -> Streaks:
    """Return the streaks that a form has."""
    runs = [(mark, len(list(run))) for mark, run in groupby(form.marks.replace("v", ""))]
    longest = {wanted: max((length for mark, length in runs if mark == wanted), default=0) for wanted in "wl"}
    last, current = runs[-1] if runs else ("", 0)
    return Streaks(current=current, current_won=last == "w", longest_won=longest["w"], longest_lost=longest["l"])


def _days_shown(window: Window, today: int) -> range:
    if window in WINDOW_DAYS:
        return range(today - WINDOW_DAYS[window] + 1, today + 1)
    first = today - DAYS_SHOWN_MAX + 1
    if window == "season":
        begin = date(records.season_of(today), records.SEASON_BEGINS_MONTH, 1) - EPOCH.date()
        first = max(first, begin.days)
    return range(first, today + 1)


def _day(day: int, sums: Sums) -> DayProfit:
    figures = figures_of(sums)
    return DayProfit((EPOCH + timedelta(days=day)).date(), figures.bets, figures.profit_minor)


def _scoped(sums: ByScope, kind: str) -> list[ScopeFigures]:
    """Return the figures of each sport, or each type: those with most bets first, then by name."""
    named = [(scope.removeprefix(kind), each) for scope, each in sums.items() if scope.startswith(kind)]
    return [ScopeFigures(**asdict(figures_of(each)), name=name) for name, each in sorted(named, key=lambda one: (-one[1][0], one[0]))]


def _tailed(rows: Sequence[Sequence[bytes | None]]) -> TailedView:
    bets, void, staked, returned = [sum(int(each or 0) for each in column) for column in zip(*rows, strict=True)]
    profit = returned - staked
    return TailedView(bets, void, staked, returned, profit, profit * BASIS_POINTS // staked if staked else None)
