"""Questions about the exposure: the matches with most at risk, and one match market by market, added up over the partitions.

A market's result if a selection wins is the stakes on it less what its bets pay then: singles exactly, bets of several legs by their
marginal maximum loss. A match's worst case adds up the worst of its markets, as if all came together, with each bet's stake counted once;
a competition's adds up its matches so, with the stakes that matches share counted by part. So neither is ever better than the truth.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from domain.settling.rules import winners_of
from projections.betting import board, board_queries
from projections.betting.board_gates import FIXTURES_KEY
from projections.betting.board_queries import FixtureView, MarketView, ShownClock, fixture_of_rows
from projections.betting.shown_score import ShownScore
from projections.partitions import TAGS, tag_of
from projections.ports import AllFields, Fields, Page, ReadModels
from projections.trading.exposure import ADDED, BETS, KEPT, SHARED, STAKES, TWICE, VIEW, Sum, sums_in

LISTED_MAX = 100
CANDIDATES_MAX = 500
"""So many matches of each partition, those with most at risk, are looked through for a list."""
FIELDS_READ_MAX = 20_000
"""So many selections with sums are read of a match from each partition."""


class CurrencyExposure(msgspec.Struct, frozen=True):
    """What is at risk on a match or a competition, in minor units of a currency.

    `bets` counts an open bet on each market that it is on. `payout_minor_max` is what the book pays if on every market the dearest
    selection wins, `worst_minor` its result then: negative where it loses.
    """

    currency: str
    bets: int
    stakes_minor: int
    payout_minor_max: int
    worst_minor: int


class SelectionExposure(msgspec.Struct, frozen=True):
    """What the book pays on a market at most if a selection wins, and its result on the market then: negative where it loses."""

    selection: str
    payout_minor: int
    result_minor: int


class MarketExposure(msgspec.Struct, frozen=True):
    """What is at risk on a market in one currency, in minor units; selections in the order of the market."""

    currency: str
    bets: int
    stakes_minor: int
    worst_minor: int
    selections: list[SelectionExposure]


class ExposedMarket(MarketView, frozen=True, kw_only=True):
    """A market as the board shows it, with what is at risk on it by currency: no `sums` where there are no open bets.

    `payout_minor_max` is the most that is paid on a bet with a leg on it, None where no trader limits it.
    """

    sums: list[MarketExposure]
    payout_minor_max: int | None


class FixtureExposure(msgspec.Struct, frozen=True):
    """A match, and what is at risk on it by currency."""

    fixture_id: str
    sport: str
    competition: str
    home: str
    away: str
    status: str
    kick_off: datetime
    clock: ShownClock
    score: ShownScore
    sums: list[CurrencyExposure]


class ExposureOfFixture(FixtureExposure, frozen=True):
    """A match with its markets: those without a result, and those with open bets yet.

    `payout_minor_max` is the most that is paid on a bet with a leg on it, None where no trader limits the match.
    """

    payout_minor_max: int | None
    markets: list[ExposedMarket]


class CompetitionExposure(msgspec.Struct, frozen=True):
    """What is at risk on the listed matches of a competition, by currency."""

    sport: str
    competition: str
    fixtures: int
    sums: list[CurrencyExposure]


class ExposureList(msgspec.Struct, frozen=True):
    """Matches by their worst case, the deepest loss first, and their competitions likewise."""

    items: list[FixtureExposure]
    competitions: list[CompetitionExposure]


Sums = Mapping[Sum, int]
_market_row = msgspec.msgpack.Decoder(board.MarketRow).decode


async def exposures(reads: ReadModels, *, sport: str | None = None, competition: str | None = None, limit: int = 50) -> ExposureList:
    """Return up to `limit` (at most 100) matches with open bets, those where the book pays most at worst."""
    limit = max(1, min(limit, LISTED_MAX))
    candidates = await _candidates(reads)
    heads = await reads.many(board.VIEW, [_fixture_fields(fixture_id) for fixture_id in candidates]) if candidates else []
    found: list[FixtureView] = []
    for fixture_id, rows in zip(candidates, heads, strict=True):
        shown = fixture_of_rows(fixture_id, rows)
        if shown is not None and sport in (None, shown.sport) and competition in (None, shown.competition) and len(found) < limit:
            found.append(shown)
    sums = await sums_of(reads, [each.fixture_id for each in found])
    winners = await _winners(reads, {of.market_id for each in sums.values() for of in each if of.market_id})
    items = [_fixture(each, currency_sums(sums[each.fixture_id], winners)) for each in found]
    items = sorted([item for item in items if item.sums], key=_depth)
    return ExposureList(items, _competitions(items, sums))


async def exposure_of(reads: ReadModels, fixture_id: str, now_us: int) -> ExposureOfFixture | None:
    """Return what is at risk on a match, market by market; None where the board does not have the match."""
    shown = await board_queries.fixture(reads, fixture_id, now_us)
    if shown is None:
        return None
    sums = (await sums_of(reads, [fixture_id]))[fixture_id]
    winners = {market.market_id: winners_of(market.type, market.specifiers) for market in shown.markets}
    by_market: dict[str, dict[Sum, int]] = defaultdict(dict)
    for of, amount in sums.items():
        by_market[of.market_id][of] = amount
    asks = [Fields(f"{tag_of(of)}:limits", [of]) for of in (fixture_id, *[market.market_id for market in shown.markets])]
    of_match, *limits = [None if row is None else int(row) for (row,) in await reads.many(VIEW, asks)]
    markets = [_market(*each, by_market.get(each[0].market_id, {})) for each in zip(shown.markets, limits, strict=True)]
    markets = [each for each in markets if each.sums or each.status != "resulted"]
    whole = _fixture(shown, currency_sums(sums, winners))
    named = {name: getattr(whole, name) for name in FixtureExposure.__struct_fields__}
    return ExposureOfFixture(**named, payout_minor_max=of_match, markets=markets)


async def sums_of(reads: ReadModels, fixture_ids: Sequence[str]) -> dict[str, Counter[Sum]]:
    """Return the sums of some matches, over all partitions."""
    found: dict[str, Counter[Sum]] = {fixture_id: Counter() for fixture_id in fixture_ids}
    asks = [AllFields(f"{tag}:of:{fixture_id}", FIELDS_READ_MAX) for fixture_id in fixture_ids for tag in TAGS]
    of_partitions: Sequence[Mapping[str, bytes]] = await reads.many(VIEW, asks) if asks else []
    for number, fields in enumerate(of_partitions):
        sums = found[fixture_ids[number // len(TAGS)]]
        for of, amount in sums_in(fields):
            sums[of] += amount
    return found


def currency_sums(sums: Sums, winners: Mapping[str, int]) -> list[CurrencyExposure]:
    """Return what is at risk on a match by currency; `winners` says how many selections of each market win, as far as that is known."""
    return [_currency(currency, sums, winners) for currency in _currencies(sums)]


async def _candidates(reads: ReadModels) -> list[str]:
    """Return matches with open bets, those with most at risk first."""
    risk = Counter[str]()
    for page in await reads.many(VIEW, [Page(f"{tag}:risk", CANDIDATES_MAX, newest_first=True) for tag in TAGS]):
        for entry in page:
            risk[entry.member.decode()] += entry.score
    return [fixture_id for fixture_id, _ in sorted(risk.items(), key=lambda each: (-each[1], each[0]))[:CANDIDATES_MAX]]


async def _winners(reads: ReadModels, market_ids: Iterable[str]) -> dict[str, int]:
    named = sorted(market_ids)
    rows = await reads.many(board.VIEW, [Fields(f"{tag_of(each)}:markets", [each]) for each in named]) if named else []
    known = {market_id: _market_row(row) for market_id, (row,) in zip(named, rows, strict=True) if row is not None}
    return {market_id: winners_of(row.type, row.specifiers) for market_id, row in known.items()}


def _fixture_fields(fixture_id: str) -> Fields:
    return Fields(FIXTURES_KEY, [fixture_id + suffix for suffix in board.FIXTURE_ROWS])


def _currencies(sums: Sums) -> list[str]:
    return sorted({of.currency for of, amount in sums.items() if amount and of.what == BETS})


def _currency(currency: str, sums: Sums, winners: Mapping[str, int]) -> CurrencyExposure:
    bets = stakes_minor = payout_minor = 0
    added: dict[str, list[int]] = defaultdict(list)
    for of, amount in sums.items():
        if of.currency != currency:
            continue
        if of.what == BETS:
            bets += amount
        elif of.what == STAKES:
            stakes_minor += amount
        elif of.what == TWICE:
            stakes_minor -= amount
        elif of.what == KEPT:
            payout_minor += amount
        elif of.what == ADDED:
            added[of.market_id].append(amount)
    payout_minor += sum(_most(amounts, winners.get(market_id)) for market_id, amounts in added.items())
    return CurrencyExposure(currency, bets, stakes_minor, payout_minor, stakes_minor - payout_minor)


def _most(amounts: Sequence[int], winners: int | None) -> int:
    """Return the sum of as many amounts as selections win, the largest; of all where that is not known."""
    return sum(sorted(amounts, reverse=True)[:winners])


def _market(market: MarketView, payout_minor_max: int | None, sums: Sums) -> ExposedMarket:
    shown = [_of_market(currency, market, sums) for currency in _currencies(sums)]
    named = {name: getattr(market, name) for name in MarketView.__struct_fields__}
    return ExposedMarket(**named, sums=shown, payout_minor_max=payout_minor_max)


def _of_market(currency: str, market: MarketView, sums: Sums) -> MarketExposure:
    bets, stakes_minor, kept_minor = [sums.get(Sum(currency, what, market.market_id), 0) for what in (BETS, STAKES, KEPT)]
    added = [sums.get(Sum(currency, ADDED, market.market_id, each.selection), 0) for each in market.selections]
    besides, selections = winners_of(market.type, market.specifiers) - 1, []
    for number, (each, amount) in enumerate(zip(market.selections, added, strict=True)):
        others = sorted([*added[:number], *added[number + 1 :]], reverse=True)[:besides]
        payout_minor = kept_minor + amount
        selections.append(SelectionExposure(each.selection, payout_minor, stakes_minor - payout_minor - sum(others)))
    return MarketExposure(currency, bets, stakes_minor, min(each.result_minor for each in selections), selections)


def _fixture(shown: FixtureView, sums: list[CurrencyExposure]) -> FixtureExposure:
    named = {name: getattr(shown, name) for name in FixtureExposure.__struct_fields__ if name != "sums"}
    return FixtureExposure(**named, sums=sums)


def _depth(shown: FixtureExposure | CompetitionExposure) -> tuple[int, str]:
    last = shown.fixture_id if isinstance(shown, FixtureExposure) else f"{shown.sport} {shown.competition}"
    return min(each.worst_minor for each in shown.sums), last


def _competitions(items: Sequence[FixtureExposure], sums: Mapping[str, Sums]) -> list[CompetitionExposure]:
    found: dict[tuple[str, str], list[FixtureExposure]] = defaultdict(list)
    for item in items:
        found[item.sport, item.competition].append(item)
    return sorted([_competition(*named, of, sums) for named, of in found.items()], key=_depth)


def _competition(sport: str, competition: str, items: Sequence[FixtureExposure], sums: Mapping[str, Sums]) -> CompetitionExposure:
    by_currency: dict[str, CurrencyExposure] = {}
    for item in items:
        for each in item.sums:
            had = by_currency.get(each.currency, CurrencyExposure(each.currency, 0, 0, 0, 0))
            shared_minor = sums[item.fixture_id].get(Sum(each.currency, SHARED), 0)
            stakes_minor = had.stakes_minor + each.stakes_minor - shared_minor
            payout_minor = had.payout_minor_max + each.payout_minor_max
            whole = (had.bets + each.bets, stakes_minor, payout_minor, stakes_minor - payout_minor)
            by_currency[each.currency] = CurrencyExposure(each.currency, *whole)
    return CompetitionExposure(sport, competition, len(items), [by_currency[each] for each in sorted(by_currency)])
