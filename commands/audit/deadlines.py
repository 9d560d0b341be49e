"""Deadlines in log time.

A match with open bets must kick off or be abandoned, its markets be resulted once it is over, its bets be settled once all their legs have
results, and settled anew where a result is corrected. A bet that waits must be decided once its delay is over, and a bonus be taken off
once its time is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commands.audit.price_errors import is_at
from commands.audit.promotion_streams import AuditedBonus
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedFixture, AuditedMarket, AuditedPendingBet
from commands.audit.violations import BonusExpiryOverdue, CorrectionOverdue, DelayOverdue, KickOffOverdue, ResultOverdue, SettlementOverdue
from commands.audit.void_windows import is_void
from commands.log_reader import AuditLog
from domain.bet.facts import BetCashedOut, BetPending, BetPlaced
from domain.bonus.facts import BonusCredited
from domain.fact import Recorded, stored_name
from domain.odds import Odds
from domain.settling import VOID, LegResult

SETTLED_WITHIN_S = 60
"""A bet is settled at most this long after its last leg had a result, or one of its results was corrected."""

DECIDED_WITHIN_S = 60
"""A bet that waits is struck or refused at most this long after its delay is over."""

EXPIRED_WITHIN_S = 60
"""A bonus is taken off at most this long after its time is over."""

RESULTED_WITHIN_S = 24 * 3600
"""A market with open bets has a result at most this long after the end of its match."""

VOIDED_WITHIN_S = 60
"""A market with open bets is void at most this long after its match was abandoned: that follows by rule."""

KICKED_OFF_WITHIN_S = 14 * 24 * 3600 + 60
"""A match with open bets kicks off, or is abandoned as never played, at most this long after it was due, by whatever setting."""

US_PER_S = 1_000_000
Told = Sequence[LegResult | None]
Right = Sequence[Odds | None]
BETS_PER_QUESTION = 4_096


def overdue(state: AuditState, now_us: int) -> Iterator[SettlementOverdue | ResultOverdue | KickOffOverdue]:
    """Yield each open bet that should have been settled by `now_us`, and each that waits for a result or a kick-off that is overdue."""
    for bet_id, bet in state.all_of(AuditedBet):
        markets: list[AuditedMarket] = [state.known(leg.market_id) for leg in bet.legs]
        place: dict[str, Any] = {"position": bet.position, "stream_id": bet_id, "fact": stored_name(BetPlaced), "bet_id": bet_id}
        if all(market.results is not None for market in markets):
            due_for_s = (now_us - max(market.resulted_us for market in markets)) // US_PER_S
            if due_for_s > SETTLED_WITHIN_S:
                yield SettlementOverdue(**place, due_for_s=due_for_s)
            continue
        for market in markets:
            fixture = state.of(AuditedFixture, market.fixture_id) if market.results is None else None
            if fixture is None:
                continue
            over_for_s = (now_us - fixture.over_us) // US_PER_S if fixture.over_us else 0
            if over_for_s > (VOIDED_WITHIN_S if fixture.status == "abandoned" else RESULTED_WITHIN_S):
                yield ResultOverdue(**place, market_id=market.market_id, over_for_s=over_for_s)
            due_for_s = (now_us - max(fixture.due_us, fixture.announced_us)) // US_PER_S if fixture.status == "scheduled" else 0
            if due_for_s > KICKED_OFF_WITHIN_S:
                yield KickOffOverdue(**place, fixture_id=fixture.fixture_id, due_for_s=due_for_s)


def delays_overdue(state: AuditState, now_us: int) -> Iterator[DelayOverdue]:
    """Yield each bet that still waits by `now_us`, though its delay is long over."""
    for bet_id, bet in state.all_of(AuditedPendingBet):
        over_for_s = (now_us - bet.until_us) // US_PER_S
        if over_for_s > DECIDED_WITHIN_S:
            place: dict[str, Any] = {"position": bet.position, "stream_id": bet_id, "fact": stored_name(BetPending), "bet_id": bet_id}
            yield DelayOverdue(**place, over_for_s=over_for_s)


def expiries_overdue(state: AuditState, now_us: int) -> Iterator[BonusExpiryOverdue]:
    """Yield each bonus that is not taken off by `now_us`, though its time is long over."""
    for bonus_id, bonus in state.all_of(AuditedBonus):
        over_for_s = (now_us - bonus.expires_us) // US_PER_S
        if bonus.status == "active" and over_for_s > EXPIRED_WITHIN_S:
            place: dict[str, Any] = {"position": bonus.position, "stream_id": bonus_id, "fact": stored_name(BonusCredited)}
            yield BonusExpiryOverdue(**place, over_for_s=over_for_s, amount_minor=bonus.available)


def corrections_overdue(state: AuditState, log: AuditLog, now_us: int) -> Iterator[CorrectionOverdue]:
    """Yield each bet that, more than a minute after a correction, has the result before it; forget corrections that all bets have.

    No state of ended bets is kept, so the log is queried for those on each corrected market: their first and last facts were checked when
    they were folded.
    """
    due = {market_id: (now_us - since_us) // US_PER_S for market_id, since_us in state.corrected.items()}
    for market_id, due_for_s in due.items():
        if due_for_s <= SETTLED_WITHIN_S:
            continue
        live = state.of(AuditedMarket, market_id)
        resulted: Any = live.result if live is not None else log.ends_of([market_id], state.position)[market_id][1].body
        for bet_id, position in _stale(state, log, market_id, resulted, live):
            place: dict[str, Any] = {"position": position, "stream_id": bet_id, "fact": stored_name(BetPlaced), "bet_id": bet_id}
            yield CorrectionOverdue(**place, market_id=market_id, due_for_s=due_for_s)
        del state.corrected[market_id]


def _stale(state: AuditState, log: AuditLog, market_id: str, resulted: Any, live: AuditedMarket | None) -> Iterator[tuple[str, int]]:
    """Yield the bets, with where they were struck, that have a leg on a market and were told of it otherwise than its result says."""
    after = 0
    while struck := log.naming([BetPlaced], market_id, after, state.position, BETS_PER_QUESTION):
        after = struck[-1].position
        ends = log.ends_of([recorded.stream_id for recorded in struck if recorded.stream_id not in state.live], state.position)
        for recorded in struck:
            body: Any = recorded.body
            told = _told(state, recorded.stream_id, ends)
            on_it = [(n, leg.selection) for n, leg in enumerate(body.legs) if leg.market_id == market_id]
            is_in = live is not None and live.windows and is_void(live, _struck_us(state, recorded.stream_id, ends))
            of = [(told[0], {} if is_in else resulted.results), (told[1], {} if is_in else resulted.placed)]
            is_told = any(each and each[n] not in (None, results.get(selection, VOID)) for each, results in of for n, selection in on_it)
            if is_told or (live is not None and not is_in and _is_priced_otherwise(live, body, told)):
                yield recorded.stream_id, recorded.position


def _is_priced_otherwise(market: AuditedMarket, placed: BetPlaced, told: tuple[Told, Told, Right]) -> bool:
    """Say whether a bet was told of its legs on a market at other odds than they pay by the prices there that were errors."""
    if placed.same_game or not told[0]:
        return False
    for n, leg in enumerate(placed.legs):
        if leg.market_id == market.market_id and told[0][n] is not None:
            right = next((error.right for error in market.errors if is_at(error, leg)), None)
            if right != (told[2][n] if told[2] else None):
                return True
    return False


def _struck_us(state: AuditState, bet_id: str, ends: Mapping[str, tuple[Recorded[Any], Recorded[Any]]]) -> int:
    bet = state.of(AuditedBet, bet_id)
    return bet.struck_us if bet is not None else ends[bet_id][0].committed_us


def _told(state: AuditState, bet_id: str, ends: Mapping[str, tuple[Recorded[Any], Recorded[Any]]]) -> tuple[Told, Told, Right]:
    """Return what a bet was told of its legs: to win, to be placed, right odds of those struck at errors; empty where there are none.

    A bet that was cashed out whole is told nothing more, whatever is corrected: all are empty.
    """
    bet = state.of(AuditedBet, bet_id)
    if bet is not None:
        return [leg.told for leg in bet.legs], [leg.placed for leg in bet.legs] if bet.each_way else (), [leg.right for leg in bet.legs]
    last: Any = ends[bet_id][1].body
    return ((), (), ()) if isinstance(last, BetCashedOut) else (last.results, last.placed, last.repriced)


def due_count(state: AuditState) -> int:
    """Return how many open bets wait for nothing but their settlement."""
    return sum(all(state.known(leg.market_id).results is not None for leg in bet.legs) for _, bet in state.all_of(AuditedBet))
